import { readBytes } from './body.ts';
import { ApiError } from './errors.ts';

/** Guards our own recursion. The queue's limit is lower and has the last word on the data itself. */
const MAX_DEPTH = 110;
/** Only such runs can hold a number that loses something: 16 digits, or an exponent beyond 99. */
const SUSPICIOUS_NUMBER = /[\d.]{16}|\d[eE][+-]?\d{3}/;
const NUMBER_PARTS = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** Reads a request's body as JSON. Throws `unsupported-media-type`, `too-large`, `not-json` or `invalid`. */
export async function readJson(request: Request, maxBytes: number): Promise<unknown> {
  return parseJson(await readBody(request, maxBytes));
}

/** The body as text. Throws like `readJson`. */
export async function readBody(request: Request, maxBytes: number): Promise<string> {
  checkContentType(request.headers);
  const bytes = await readBytes(request, maxBytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new ApiError('not-json', 'The body is not UTF-8 text. Send JSON in UTF-8.', {}, { cause });
  }
}

/**
 * JSON text as a value, or an error where parsing would silently change a number. Of a key that stands twice in an
 * object the last value counts, as everywhere in JavaScript.
 */
export function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof SyntaxError ? cause.message : 'it cannot be parsed';
    throw new ApiError('not-json', `The body is not JSON: ${reason}`, {}, { cause });
  }
  if (isDeeper(value, MAX_DEPTH))
    throw invalid('data', 'The data is nested too deep: send at most 100 levels.');
  if (SUSPICIOUS_NUMBER.test(text)) refuseChangedNumbers(text);
  return value;
}

function checkContentType(headers: Headers): void {
  const [type = '', ...parameters] = (headers.get('content-type') ?? '').toLowerCase().split(';');
  const charset = parameters
    .map((parameter) => parameter.trim())
    .find((parameter) => parameter.startsWith('charset='));
  const readable = charset === undefined || /^charset="?utf-?8"?$/.test(charset);
  const encoded = (headers.get('content-encoding') ?? 'identity') !== 'identity';
  if (type.trim() !== 'application/json' || !readable || encoded) {
    throw new ApiError(
      'unsupported-media-type',
      'Send JSON in UTF-8, not compressed, with Content-Type: application/json.',
    );
  }
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  return Object.values(value).some((item) => isDeeper(item, levels - 1));
}

function refuseChangedNumbers(text: string): void {
  // The third parameter, a number's own text, is there since Node 22; the language's types lack it still.
  JSON.parse(text, (key: string, value: unknown, context?: { readonly source?: string }) => {
    const source = context?.source;
    if (typeof value !== 'number' || source === undefined || isSameNumber(source, value)) return value;
    const shown = source.length > 40 ? `${source.slice(0, 40)}…` : source;
    throw invalid(key, `The number ${shown} cannot be kept exactly. Send it as a string.`);
  });
}

/** Whether the parsed number still says what was written, as 1.50 and 15e-1 do and 9007199254740993 does not. */
function isSameNumber(source: string, value: number): boolean {
  return Number.isFinite(value) && normalNumber(source) === normalNumber(String(value));
}

/** A decimal's significant digits and exponent, equal for equal numbers. The sign never changes and is left out. */
function normalNumber(text: string): string {
  const [, whole = '', fraction = '', exponent = '0'] = NUMBER_PARTS.exec(text) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  return `${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}

function invalid(field: string, message: string): ApiError {
  return new ApiError('invalid', message, { errors: [{ field, message }] });
}
