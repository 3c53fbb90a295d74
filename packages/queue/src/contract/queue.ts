import type { ResolvedQueueOptions } from './options.ts';
import type { InputOf, Schemas } from './payload-schema.ts';
import type { SubmissionInput } from './submission.ts';
import type { TransactionHook, CallersTransaction } from './transaction.ts';
import type {
  Acceptance,
  QueryOptions,
  Health,
  Inspect,
  QueueStats,
  RecoveryResult,
  SubmissionStatus,
} from './views.ts';

export interface EnqueueOptions {
  /** Gives up waiting for the stores' answer. Keep the id, as after any `NotAcceptedError`. */
  readonly signal?: AbortSignal;
}

/** A submission in a transaction that is yet to be committed. */
export interface Enqueued {
  readonly id: string;
  /** It had been accepted before, with the same content. */
  readonly duplicate: boolean;
}

/** Accepts submissions and answers what became of them. Work is done by `createWorker`. */
export interface Queue {
  readonly name: string;
  readonly options: ResolvedQueueOptions;
  /**
   * Accepts a submission: once it resolves, the submission will be processed, or kept dead for an operator.
   * Rejects with `InvalidSubmissionError`, `TooLargeError`, `ConflictError`, `NotAcceptedError` or `QueueClosedError`.
   * Aborting `signal` rejects at once with a `NotAcceptedError` that says whether the submission may still arrive.
   */
  enqueue(input: SubmissionInput, options?: EnqueueOptions): Promise<Acceptance>;
  /**
   * Writes a submission inside the caller's own Postgres transaction, in the database that holds the queue's tables: it is
   * accepted exactly when the caller commits. `tx` is Drizzle's, or a pg client after BEGIN. Redis learns of it by recovery,
   * within about `recoverMs` of the workers; without Redis, workers find it in Postgres. Rejects with
   * `InvalidSubmissionError`, `TooLargeError`, `ConflictError`, `QueueClosedError`, or Postgres' own error.
   */
  enqueueIn(tx: CallersTransaction, input: SubmissionInput): Promise<Enqueued>;
  /** Where a submission stands. Never rejects for a store that is away: the state is `received` then. */
  status(id: string, options?: QueryOptions): Promise<SubmissionStatus>;
  readonly inspect: Inspect;
  /**
   * One batch of recovery now, whatever workers do. Rejects with `StoreUnavailableError`. What was on its way to Redis when
   * `signal` was aborted may arrive.
   */
  recover(options?: QueryOptions): Promise<RecoveryResult>;
  /**
   * Lets dead submissions wait again, with their attempts anew. Resolves to those that were dead. `alongside` writes in the
   * same transaction.
   */
  retry(ids: readonly string[], alongside?: TransactionHook): Promise<string[]>;
  /**
   * Gives up what is dead, or waits and is in no worker's hands; it stays on record, with its payload, for the retention.
   * Resolves to those that were given up. `alongside` writes in the same transaction.
   */
  discard(ids: readonly string[], alongside?: TransactionHook): Promise<string[]>;
  /**
   * Makes due what waits for its time, in whichever store. Resolves to those that did. `alongside` writes in the same
   * transaction; for what only Redis holds, right after.
   */
  requeue(ids: readonly string[], alongside?: TransactionHook): Promise<string[]>;
  health(): Health;
  /** What it counted since it was made: for metrics. */
  stats(): QueueStats;
  /** Creates or updates the queue's own tables; safe to call from many processes at once. */
  migrate(): Promise<void>;
  /** Closes the connections that the queue opened, once what is being accepted has its answer. */
  close(): Promise<void>;
}

/** A queue with schemas: it takes what they take, and its workers' handlers get what they make of it. */
export interface TypedQueue<S extends Schemas> extends Queue {
  enqueue(input: InputOf<S>, options?: EnqueueOptions): Promise<Acceptance>;
  enqueueIn(tx: CallersTransaction, input: InputOf<S>): Promise<Enqueued>;
}
