/** Every way in which the queue refuses. The set is closed: map it once, at the edge of your application. */
export type QueueErrorCode =
  | 'INVALID_OPTIONS'
  | 'INVALID_SUBMISSION'
  | 'TOO_LARGE'
  | 'CONFLICT'
  | 'NOT_ACCEPTED'
  | 'STORE_UNAVAILABLE'
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

/** An option is out of range, or two options contradict each other. Thrown by `createQueue` and `createWorker`, and for a filter of `inspect`. */
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
  constructor() {
    super('CLOSED', 'The queue is closed; create a new one to go on.');
  }
}

/** A sender's value inside an error message: quoted, and only as long as needed to recognise it. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 64 ? `${text.slice(0, 64)}…` : text);
}

/**
 * Thrown by a handler: another attempt would fail in the same way. The submission is dead at once, with this message as
 * its reason, and an operator can retry it.
 */
export class PermanentError extends Error {
  override readonly name = 'PermanentError';
}
