import { hash } from 'node:crypto';
import { InvalidSubmissionError, TooLargeError, quote } from './errors.ts';
import { checkId, idTimeMs, MAX_AHEAD_MS, newId } from './id.ts';

/** Deeper JSON than this is an attack or a mistake, and recursive readers downstream would fall over it. */
const MAX_DEPTH = 100;

const BOXED = new Set(['[object Number]', '[object String]', '[object Boolean]', '[object BigInt]']);
const FORM_NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/;

/** A submission as a handler sees it. */
export interface Submission<Form extends string = string, Data = unknown> {
  /** UUIDv7, minted by whoever submitted first. With the queue's name, the idempotency key everywhere. */
  readonly id: string;
  /** Which form it belongs to: `[a-z0-9_-]`, at most 64 characters. */
  readonly form: Form;
  readonly data: Data;
  /** When the first store was asked to take it. */
  readonly receivedAt: Date;
}

/** What a caller hands to `enqueue`. */
export interface SubmissionInput<Form extends string = string, Data = unknown> {
  /** Omit to have one minted. Pass it when the sender may try again: the same id takes effect once. */
  readonly id?: string;
  readonly form: Form;
  /** Any JSON value. Encoded once; the same bytes go to whichever store takes it. */
  readonly data: Data;
  /** When it was received. Default: now. */
  readonly receivedAt?: Date;
  /** Not to be handled before this time, which lies within nine tenths of `retentionMs`. Default: at once. */
  readonly at?: Date;
}

/** A submission encoded for the stores. `payload` is `data` as JSON text, byte for byte what every store keeps. */
export interface Envelope {
  readonly id: string;
  readonly form: string;
  readonly payload: string;
  /** SHA-256 (base64url) of the canonical `{ form, data }`: tells a retry from another submission under the same id. */
  readonly digest: string;
  readonly receivedAtMs: number;
  /** Rises when an operator retries; an older copy can then change nothing. Starts at 1. */
  readonly generation: number;
  /** W3C Trace Context of whoever accepted it, so that one trace leads to its end. No part of the digest. */
  readonly traceparent?: string;
}

/** Checks and encodes a submission. Throws `InvalidSubmissionError` or `TooLargeError`; nothing else. */
export function encode(
  input: SubmissionInput,
  limits: { readonly maxBytes: number; readonly retentionMs: number },
  nowMs: number = Date.now(),
): Envelope {
  const id = input.id === undefined ? newId() : checkId(input.id, nowMs, limits.retentionMs);
  if (!FORM_NAME.test(input.form)) {
    throw new InvalidSubmissionError(
      'form',
      `The form name ${quote(input.form)} is not allowed: use a-z, 0-9, "-" and "_", at most 64 characters.`,
    );
  }
  // Canonical first: it bounds the depth, so that JSON.stringify cannot overflow the stack or meet a cycle.
  const canonical = canonicalize(input.data);
  const payload = JSON.stringify(input.data);
  const bytes = Buffer.byteLength(payload);
  if (bytes > limits.maxBytes) throw new TooLargeError(bytes, limits.maxBytes);
  return {
    id,
    form: input.form,
    payload,
    digest: digestOf(input.form, canonical),
    receivedAtMs: checkReceivedAt(input.receivedAt, nowMs),
    generation: 1,
  };
}

/**
 * The time of a schedule, in ms since 1970. It leaves a tenth of the retention for attempts: an id that is older than
 * the retention is never executed.
 */
export function checkRunAt(at: Date | undefined, id: string, retentionMs: number): number | undefined {
  if (at === undefined) return undefined;
  const runAtMs = at.getTime();
  const latestMs = idTimeMs(id) + 0.9 * retentionMs;
  if (!(runAtMs >= 0 && runAtMs <= latestMs)) {
    throw new InvalidSubmissionError(
      'run_at',
      `at (${at.valueOf()}) must be a time before ${new Date(latestMs).toISOString()}; raise retentionMs for later ones.`,
    );
  }
  return runAtMs;
}

/** Some store would refuse a time that is none, and with it the neighbours that travel along. */
function checkReceivedAt(receivedAt: Date | undefined, nowMs: number): number {
  if (receivedAt === undefined) return nowMs;
  const receivedAtMs = receivedAt.getTime();
  if (!(receivedAtMs >= 0 && receivedAtMs <= nowMs + MAX_AHEAD_MS)) {
    throw new InvalidSubmissionError(
      'received_at',
      `receivedAt (${receivedAt.valueOf()}) must be a time since 1970, at most 24 hours ahead of the server's clock.`,
    );
  }
  return receivedAtMs;
}

/** The submission inside an envelope. `data`: where it has been read already. */
export function decode(envelope: Envelope, data: unknown = JSON.parse(envelope.payload)): Submission {
  return {
    id: envelope.id,
    form: envelope.form,
    data,
    receivedAt: new Date(envelope.receivedAtMs),
  };
}

/**
 * An envelope as one string, for stores that keep values: a head of four fields, a fifth where it is traced, and a line
 * with the payload. The head comes first so that a script can read generation and digest without parsing JSON.
 */
export function encodeEnvelope(envelope: Envelope): string {
  const { generation, digest, receivedAtMs, form, traceparent } = envelope;
  const trace = traceparent === undefined ? '' : ` ${traceparent}`;
  return `${generation} ${digest} ${receivedAtMs} ${form}${trace}\n${envelope.payload}`;
}

/** The inverse of `encodeEnvelope`. Throws `InvalidSubmissionError` for what somebody else wrote there. */
export function decodeEnvelope(id: string, wire: string): Envelope {
  const headEnd = wire.indexOf('\n');
  const [generation, digest, receivedAtMs, form, traceparent] = wire.slice(0, headEnd).split(' ');
  const isReadable =
    isGeneration(generation) && digest && Number.isFinite(Number(receivedAtMs || undefined)) && form;
  if (headEnd < 0 || !isReadable) {
    throw new InvalidSubmissionError('data', `The stored envelope of ${id} has no readable head.`);
  }
  return {
    id,
    form,
    payload: wire.slice(headEnd + 1),
    digest,
    receivedAtMs: Number(receivedAtMs),
    generation: Number(generation),
    ...(traceparent && { traceparent }),
  };
}

/** What fits into an integer of Postgres. */
function isGeneration(text: string | undefined): boolean {
  const generation = Number(text);
  return Number.isInteger(generation) && generation >= 1 && generation < 2 ** 31;
}

/**
 * JSON with sorted keys and no spaces: equal values give equal text, whatever the order of their keys.
 * Follows JSON.stringify (toJSON, skipped undefined), but refuses what that would silently change:
 * NaN, infinities and big integers.
 */
export function canonicalize(value: unknown): string {
  const text = canonicalText(value, '', 0);
  if (text === undefined) throw new InvalidSubmissionError('data', 'The data is not a JSON value.');
  return text;
}

function canonicalText(given: unknown, key: string, depth: number): string | undefined {
  const value = toPlain(given, key);
  if (value !== null && typeof value === 'object') {
    if (depth >= MAX_DEPTH) {
      throw new InvalidSubmissionError('depth', `The data is nested more than ${MAX_DEPTH} levels deep.`);
    }
    return Array.isArray(value) ? canonicalArray(value, depth) : canonicalObject(value, depth);
  }
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new InvalidSubmissionError('data', `The number ${value} has no JSON form. Send it as a string.`);
  }
  if (typeof value === 'bigint') {
    throw new InvalidSubmissionError('data', `The integer ${value} has no JSON form. Send it as a string.`);
  }
  return JSON.stringify(value);
}

/** What JSON.stringify makes of a value before it writes it: toJSON once, and primitives out of their objects. */
function toPlain(given: unknown, key: string): unknown {
  // Most of what people submit, and asking it what it is would take longer than writing it.
  if (typeof given === 'string') return given;
  const value = hasToJson(given) ? given.toJSON(key) : given;
  return BOXED.has(Object.prototype.toString.call(value)) ? Object(value).valueOf() : value;
}

function hasToJson(value: unknown): value is { toJSON(key: string): unknown } {
  if (value === null || (typeof value !== 'object' && typeof value !== 'bigint')) return false;
  return typeof Reflect.get(Object(value), 'toJSON') === 'function';
}

function canonicalArray(values: readonly unknown[], depth: number): string {
  // Array.from and not map: holes count as null.
  const texts = Array.from(
    values,
    (value, index) => canonicalText(value, String(index), depth + 1) ?? 'null',
  );
  return `[${texts.join(',')}]`;
}

function canonicalObject(value: object, depth: number): string {
  let fields = '';
  for (const key of Object.keys(value).sort()) {
    const text = canonicalText(Reflect.get(value, key), key, depth + 1);
    if (text !== undefined) fields += `${fields === '' ? '' : ','}${JSON.stringify(key)}:${text}`;
  }
  return `{${fields}}`;
}

function digestOf(form: string, canonicalData: string): string {
  return hash('sha256', `${form}\n${canonicalData}`, 'base64url');
}
