/** So many digits every double keeps, down to the smallest one that has them all. */
const KEPT_DIGITS = 15;
const SMALLEST = 2 ** -1022;
/** Digits with which programs print a double so that it can be read back: `%.17g`. */
const DOUBLE_DIGITS = 17;
const ZERO = 0x30;
const NINE = 0x39;

/**
 * Whether the double that JSON's number becomes still says what was written: 1.50 and 15e-1 do, 9007199254740993 and 1e400
 * do not. A double printed with up to 17 digits does: 0.10000000000000001 is how some languages write 0.1.
 * Text that is no number is nothing for this check: the parser refuses it.
 */
export function isSameNumber(source: string): boolean {
  const value = Number(source);
  if (Number.isNaN(value)) return true;
  const isOrdinary = Number.isFinite(value) && Math.abs(value) >= SMALLEST;
  if (isOrdinary && source.length <= KEPT_DIGITS) return true;
  const written = partsOf(source);
  if (written.digits === '' || (isOrdinary && written.digits.length <= KEPT_DIGITS)) return true;
  if (!Number.isFinite(value) || written.digits.length > DOUBLE_DIGITS) return false;
  // The two differ where the double lies halfway: the shortest text rounds to even there, as C does, and this one up.
  return [String(value), value.toPrecision(written.digits.length)].some((text) => {
    const kept = partsOf(text);
    return kept.digits === written.digits && kept.exponent === written.exponent;
  });
}

interface Decimal {
  /** Without zeros in front and behind; empty for zero. */
  readonly digits: string;
  /** Of the last digit. */
  readonly exponent: number;
}

/** Equal for equal numbers. The sign never changes and is left out. */
function partsOf(text: string): Decimal {
  const e = Math.max(text.indexOf('e'), text.indexOf('E'));
  const end = e < 0 ? text.length : e;
  const dot = text.indexOf('.');
  let first = 0;
  while (first < end && !isNonZeroDigit(text.charCodeAt(first))) first += 1;
  // Not /0+$/: from each of a run of zeros it goes to the end of the run, which is quadratic.
  let last = end - 1;
  while (last > first && !isNonZeroDigit(text.charCodeAt(last))) last -= 1;
  if (first === end) return { digits: '', exponent: 0 };
  const digits = text.slice(first, last + 1).replace('.', '');
  const shift = dot >= 0 && dot < last ? dot - last : (dot < 0 ? end : dot) - last - 1;
  return { digits, exponent: shift + (e < 0 ? 0 : Number(text.slice(e + 1))) };
}

function isNonZeroDigit(code: number): boolean {
  return code > ZERO && code <= NINE;
}
