import { ApiError } from '../errors.ts';
import { MAX_DEPTH, MAX_DIGITS, MAX_ITEMS, MAX_KEYS, shorten } from './limits.ts';
import { isSameNumber } from './number.ts';

const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const OPENING_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSING_BRACKET = 0x5d;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;

/** An object or a list that has begun and not ended. */
interface Level {
  readonly isObject: boolean;
  /** The next string is a key. */
  awaitsKey: boolean;
  /** An object's keys so far. */
  keys?: Set<string>;
  /** The latest key, or that of the list's own object: what an error names. */
  field: string;
}

/**
 * Looks through JSON text once, in linear time, before it is parsed: whether it keeps to the limits, no key stands twice
 * in one object, and parsing changes no number. Throws `invalid` or `too-large`. Text that is not JSON may pass: the
 * parser refuses it.
 */
export function checkJsonText(text: string): void {
  const levels: Level[] = [];
  let keys = 0;
  let items = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code <= SPACE) continue;
    if (code === QUOTE) {
      const end = endOfString(text, at);
      const level = levels.at(-1);
      if (level?.awaitsKey) {
        if ((keys += 1) > MAX_KEYS) throw tooMany('keys', MAX_KEYS);
        addKey(level, text.slice(at, end + 1));
      }
      at = end;
    } else if (code === MINUS || isDigit(code)) {
      const end = endOfNumber(text, at);
      checkNumber(text.slice(at, end), levels.at(-1)?.field ?? '');
      at = end - 1;
    } else if (code === COMMA) {
      const level = levels.at(-1);
      if (level?.isObject) level.awaitsKey = true;
      else if ((items += 1) > MAX_ITEMS) throw tooMany('list items', MAX_ITEMS);
    } else if (code === OPENING_BRACE || code === OPENING_BRACKET) {
      if (levels.length === MAX_DEPTH) throw tooDeep();
      const isObject = code === OPENING_BRACE;
      if (!isObject && (items += 1) > MAX_ITEMS) throw tooMany('list items', MAX_ITEMS);
      levels.push({ isObject, awaitsKey: isObject, field: levels.at(-1)?.field ?? '' });
    } else if (code === CLOSING_BRACE || code === CLOSING_BRACKET) {
      levels.pop();
    }
  }
}

/** Where the closing quote stands, or the text's end. Each backslash is looked at once: it stands before one quote. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}

/** Too far where the text is not JSON, as in 1-2: then the parser refuses it. Not farther than to see that it is too long. */
function endOfNumber(text: string, start: number): number {
  const limit = Math.min(text.length, start + MAX_DIGITS + 1);
  let end = start + 1;
  while (end < limit && isPartOfNumber(text.charCodeAt(end))) end += 1;
  return end;
}

function isPartOfNumber(code: number): boolean {
  return isDigit(code) || '+-.eE'.includes(String.fromCharCode(code));
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}

function addKey(level: Level, quoted: string): void {
  const key = unquote(quoted);
  level.awaitsKey = false;
  level.field = shorten(key);
  level.keys ??= new Set();
  if (level.keys.has(key)) {
    throw invalid(level.field, `The key "${level.field}" stands twice in one object. Send it once.`);
  }
  level.keys.add(key);
}

/** Two spellings of one key are one key. */
function unquote(quoted: string): string {
  if (!quoted.includes('\\')) return quoted.slice(1, -1);
  try {
    return String(JSON.parse(quoted));
  } catch {
    // Not JSON, as the parser is about to say.
    return quoted;
  }
}

function checkNumber(source: string, field: string): void {
  if (source.length > MAX_DIGITS) {
    const message = `The number ${shorten(source)} is longer than ${MAX_DIGITS} characters. Send it as a string.`;
    throw invalid(field, message);
  }
  if (!isSameNumber(source)) {
    throw invalid(field, `The number ${shorten(source)} cannot be kept exactly. Send it as a string.`);
  }
}

function invalid(field: string, message: string): ApiError {
  return new ApiError('invalid', message, { errors: [{ field, message }] });
}

function tooDeep(): ApiError {
  return invalid('data', 'The data is nested too deep: send at most 100 levels.');
}

function tooMany(what: string, limit: number): ApiError {
  const shown = limit.toLocaleString('en');
  return new ApiError('too-large', `The body holds more than ${shown} ${what}. Send less at once.`);
}
