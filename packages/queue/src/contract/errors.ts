/** Every way in which the queue refuses. The set is closed: map it once, at the edge of your application. */
export type QueueErrorCode =
  | 'INVALID_OPTIONS'
  | 'INVALID_SUBMISSION'
  | 'TOO_LARGE'
  | 'CONFLICT'
  | 'NOT_ACCEPTED'
  | 'STORE_UNAVAILABLE'
  | 'STATEMENT_NOT_AWAITED'
  | 'CLOSED';

export type StoreName = 'redis' | 'postgres';

/** Base of every error that this package throws on purpose. `code` is stable; `message` is for people. */
export class QueueError extends Error {
  readonly code: QueueErrorCode;

  constructor(code: QueueErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/**
 * An option is out of range or unknown, or two options contradict each other. Thrown by `createQueue` and `createWorker`, for a handler
 * of a wrong shape, for a filter of `inspect`, and by `enqueueIn` for what is no open transaction.
 */
export class InvalidOptionsError extends QueueError {
  constructor(message: string) {
    super('INVALID_OPTIONS', message);
  }
}

/** What is wrong with a submission: A new id solves `id_expired` and `id_in_future`; correcting the `fields` solves `schema`. */
export type InvalidReason =
  | 'id'
  | 'id_expired'
  | 'id_in_future'
  | 'form'
  | 'data'
  | 'schema'
  | 'depth'
  | 'received_at'
  | 'run_at';

/** A field of the data that does not fit, and why. `field` is its path, joined by dots; empty: the data as a whole. */
export interface FieldIssue {
  readonly field: string;
  readonly message: string;
}

/** The submission can never be accepted as it is. Nothing was written. */
export class InvalidSubmissionError extends QueueError {
  readonly reason: InvalidReason;
  /** What the schema of the form found (`reason` is `schema`); else empty. */
  readonly fields: readonly FieldIssue[];

  constructor(reason: InvalidReason, message: string, fields: readonly FieldIssue[] = []) {
    super('INVALID_SUBMISSION', message);
    this.reason = reason;
    this.fields = fields;
  }
}

/** The encoded data is larger than `maxBytes`. Nothing was written. */
export class TooLargeError extends QueueError {
  readonly bytes: number;
  readonly maxBytes: number;

  constructor(bytes: number, maxBytes: number) {
    super('TOO_LARGE', `The data takes ${bytes} bytes as JSON; at most ${maxBytes} are accepted. Send less.`);
    this.bytes = bytes;
    this.maxBytes = maxBytes;
  }
}

/** The id was accepted before with other content. The first content stands; send this one under a new id. */
export class ConflictError extends QueueError {
  readonly id: string;

  constructor(id: string) {
    super(
      'CONFLICT',
      `Submission ${id} was accepted before with other content. Use a new id to send this one too.`,
    );
    this.id = id;
  }
}

/**
 * No store took the submission within the deadline. Keep the data and the id and send both again: the id
 * makes that safe. `indeterminate` true: a store was asked and did not answer, so it may still be processed.
 * False: it certainly was not stored anywhere.
 */
export class NotAcceptedError extends QueueError {
  readonly id: string;
  readonly indeterminate: boolean;
  /** When to try again, in milliseconds: a hint, not a promise. */
  readonly retryAfterMs: number;

  constructor(id: string, indeterminate: boolean, retryAfterMs: number, cause?: unknown) {
    super(
      'NOT_ACCEPTED',
      indeterminate
        ? `No store confirmed submission ${id} in time; it may still arrive. Send it again with the same id.`
        : `No store could take submission ${id}. Send it again with the same id.`,
      { cause },
    );
    this.id = id;
    this.indeterminate = indeterminate;
    this.retryAfterMs = retryAfterMs;
  }
}

/** A view or an operator's action needs this store, which does not serve it now. */
export class StoreUnavailableError extends QueueError {
  readonly store: StoreName;

  constructor(store: StoreName, cause?: unknown, state = 'cannot be reached') {
    super('STORE_UNAVAILABLE', `${store} ${state} at the moment; try again when it is back.`, { cause });
    this.store = store;
  }
}

/** The queue or the worker was closed before the call. */
export class QueueClosedError extends QueueError {
  constructor(what: 'queue' | 'worker' = 'queue') {
    super('CLOSED', `The ${what} is closed; create a new one to go on.`);
  }
}

/**
 * A handler did not await a statement of its transaction. `late`: the statement came after the handler's promise had settled, and
 * was not sent. Otherwise it was still running at that moment: nothing of the attempt is kept.
 */
export class StatementNotAwaitedError extends QueueError {
  readonly late: boolean;

  constructor(late: boolean) {
    const what = late
      ? 'The statement was not sent: the promise of its handler has settled, and the transaction is closed.'
      : 'The promise of the handler resolved while a statement or a nested transaction was still running; nothing was kept.';
    super(
      'STATEMENT_NOT_AWAITED',
      `${what} Await each of them before the handler returns. Where one branch of Promise.all fails, the others go on: use Promise.allSettled, or await one after the other.`,
    );
    this.late = late;
  }
}

/** A sender's value inside an error message: quoted, and only as long as needed to recognise it. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 64 ? `${text.slice(0, 64)}…` : text);
}

/** A value of a wrong type inside an error message: by its kind, since it may be large or secret. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return 'an object';
  return `a ${typeof value}`;
}

/** What a handler decides about a submission by the error that it throws. */
export type Verdict =
  | { readonly kind: 'permanent' }
  /** `atMs`: when the next attempt is due, in ms since 1970. */
  | { readonly kind: 'retry' | 'snooze'; readonly atMs: number };

/** A symbol that all copies of this package share: `instanceof` fails for a class of another copy (ESM beside CommonJS). */
const VERDICT = Symbol.for('@spillway/queue/verdict');

/** The verdict that an error carries. `undefined`: it is an ordinary failure. */
export function verdictOf(error: Error): Verdict | undefined {
  return VERDICT in error ? (error[VERDICT] as Verdict) : undefined;
}

/**
 * Thrown by a handler: another attempt would fail in the same way. The submission is dead at once, with this message as
 * its reason, and an operator can retry it.
 */
export class PermanentError extends Error {
  override readonly name = 'PermanentError';
  readonly [VERDICT]: Verdict = { kind: 'permanent' };
}

/**
 * Thrown by a handler: the attempt failed, and the next one is made after `after` (in ms, or at that date) instead of after the
 * backoff, at most 24 hours later. The attempt counts. For a receiver that answers 429 or 503 with `Retry-After`.
 */
export class RetryAfterError extends Error {
  override readonly name = 'RetryAfterError';
  readonly [VERDICT]: Verdict;

  constructor(
    after: number | Date,
    message = 'the handler asks for another attempt later',
    options?: ErrorOptions,
  ) {
    super(message, options);
    this[VERDICT] = { kind: 'retry', atMs: dueAt(after) };
  }
}

/**
 * Thrown by a handler: it cannot decide yet, and looks again after `after` (in ms, or at that date), at most 24 hours later. No
 * attempt counts, but the history shows each snooze. After 20 snoozes in a row the next one counts as a failed attempt.
 */
export class SnoozeError extends Error {
  override readonly name = 'SnoozeError';
  readonly [VERDICT]: Verdict;

  constructor(after: number | Date, message = 'the handler looks at it again later', options?: ErrorOptions) {
    super(message, options);
    this[VERDICT] = { kind: 'snooze', atMs: dueAt(after) };
  }
}

/** Throws `RangeError` for what is no time, so that an unreadable `Retry-After` becomes an ordinary failed attempt. */
function dueAt(after: number | Date): number {
  const atMs = after instanceof Date ? after.getTime() : Date.now() + after;
  if (!Number.isFinite(atMs))
    throw new RangeError(`${String(after)} is not a delay in ms, and not a valid date.`);
  return atMs;
}
