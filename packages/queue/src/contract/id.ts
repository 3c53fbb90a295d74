import { hash, randomFillSync } from 'node:crypto';
import { InvalidSubmissionError, kindOf, quote } from './errors.ts';

const HOUR_MS = 60 * 60 * 1000;
/** How far ahead of our clock an id may be: phones' clocks are wrong by less than a day, mistakes by more. */
export const MAX_AHEAD_MS = 24 * HOUR_MS;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Random bytes are drawn in blocks of this size: a draw costs about 5 µs, whatever its length (docs/performance.md). */
const POOL_BYTES = 4096;
const COUNTER_BITS = 26;

let pool = '';
let used = 0;
let lastMs = Number.NEGATIVE_INFINITY;
let timeText = '';
let counter = 0;

/** Random hexadecimal digits, at most `2 * POOL_BYTES`. */
function randomHex(digits: number): string {
  if (used + digits > pool.length) {
    pool = randomFillSync(Buffer.allocUnsafe(POOL_BYTES)).toString('hex');
    used = 0;
  }
  used += digits;
  return pool.slice(used - digits, used);
}

/**
 * Generates a submission id: a UUIDv7 (RFC 9562), increasing within a process. It holds the millisecond, a counter of 26 bits that
 * starts in each millisecond at a random value with its first bit clear (section 6.2, method 1), and 48 random bits.
 */
export function newId(): string {
  const nowMs = Date.now();
  if (nowMs > lastMs) startMillisecond(nowMs);
  else if ((counter += 1) >= 2 ** COUNTER_BITS) startMillisecond(lastMs + 1);
  const high = (0x7000 + (counter >>> 14)).toString(16);
  const low = (0x8000 + (counter & 0x3fff)).toString(16);
  return `${timeText}-${high}-${low}-${randomHex(12)}`;
}

function startMillisecond(ms: number): void {
  lastMs = ms;
  const text = ms.toString(16).padStart(12, '0');
  timeText = `${text.slice(0, 8)}-${text.slice(8)}`;
  counter = Number.parseInt(randomHex(7), 16) >>> (28 - (COUNTER_BITS - 1));
}

/** A unique short name, for claims and epochs: 72 random bits. */
export function newToken(): string {
  return randomHex(18);
}

/** Whether a text is a UUID: a submission's id, or one derived from it for a conflicting submission. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** The time inside a UUIDv7, in milliseconds since 1970. */
export function idTimeMs(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

/**
 * Checks an id as a sender gave it and returns it in lower case. Refuses ids older than the outcomes that are kept (a repeat could
 * not be recognised any more) and ids far in the future.
 */
export function checkId(id: unknown, nowMs: number, retentionMs: number): string {
  const normal = typeof id === 'string' ? id.toLowerCase() : '';
  if (!UUID_V7.test(normal)) {
    throw new InvalidSubmissionError(
      'id',
      `The id ${typeof id === 'string' ? quote(id) : `is ${kindOf(id)} and`} is not a UUIDv7. Omit it, or generate one with newId().`,
    );
  }
  const timeMs = idTimeMs(normal);
  if (timeMs < nowMs - retentionMs) {
    throw new InvalidSubmissionError(
      'id_expired',
      `The id ${normal} is older than the outcomes that are kept, so a repeat could not be recognised. Use a new id.`,
    );
  }
  if (timeMs > nowMs + MAX_AHEAD_MS) {
    throw new InvalidSubmissionError(
      'id_in_future',
      `The id ${normal} lies more than 24 hours ahead of the server's clock. Use a new id.`,
    );
  }
  return normal;
}

/**
 * The id under which a submission is kept if other content has its own id: UUIDv8 (RFC 9562, custom) over id and digest, so that
 * every copy gets the same one. The time stays in front, so the two ids sort beside each other.
 */
export function derivedId({ id, digest }: { readonly id: string; readonly digest: string }): string {
  const hex = hash('sha256', `${id} ${digest}`);
  return `${id.slice(0, 14)}8${hex.slice(0, 3)}-8${hex.slice(3, 6)}-${hex.slice(6, 18)}`;
}
