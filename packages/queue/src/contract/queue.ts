import type { ResolvedQueueOptions } from './options.ts';
import type { TransactionHook, CallersTransaction } from './transaction.ts';
import type { InputOf, Schemas } from './payload-schema.ts';
import type { SubmissionInput } from './submission.ts';
import type { Acceptance, QueryOptions, Health, Inspect, RecoveryResult, SubmissionStatus } from './views.ts';
import type { QueueStats } from './stats.ts';

export interface EnqueueOptions {
  /** Gives up waiting for the stores' answer. Keep the id, as after any `NotAcceptedError`. */
  readonly signal?: AbortSignal | undefined;
}

/** A submission in a transaction that is not committed yet. */
export interface Enqueued {
  readonly id: string;
  /** The same content was accepted under this id before. */
  readonly duplicate: boolean;
}

/** Accepts submissions and answers what became of them. Work is done by `createWorker`. */
export interface Queue extends AsyncDisposable {
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
   * within about `recoverMs` of the workers; without Redis, workers find it in Postgres. Rejects with `InvalidOptionsError` for
   * a pool, a database or a client without an open transaction; else with `InvalidSubmissionError`, `TooLargeError`,
   * `ConflictError`, `QueueClosedError`, `NotAcceptedError` where an async schema takes longer than `deadlineMs`, or Postgres' own error.
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
   * Makes dead submissions wait again, with all their attempts. Resolves to the ids that were dead. `alongside` writes in the same
   * transaction.
   */
  retry(ids: readonly string[], alongside?: TransactionHook): Promise<string[]>;
  /**
   * Discards submissions that are dead, or that wait and are not held by a worker. They stay on record, with their payload, for the
   * retention. Resolves to the discarded ids. `alongside` writes in the same transaction.
   */
  discard(ids: readonly string[], alongside?: TransactionHook): Promise<string[]>;
  /**
   * Makes scheduled and delayed submissions due, in either store. Resolves to their ids. `alongside` writes in the same
   * transaction; for what only Redis holds, right after.
   */
  requeue(ids: readonly string[], alongside?: TransactionHook): Promise<string[]>;
  health(): Health;
  /** Counts since the queue was created, for metrics. */
  stats(): QueueStats;
  /** Creates or updates the queue's own tables; safe to call from many processes at once. */
  migrate(): Promise<void>;
  /**
   * Stops the workers made from the queue and waits for them, and closes the connections that the queue opened, once all calls of
   * `enqueue` have settled. `await using` closes it, too.
   */
  close(): Promise<void>;
}

/** A queue with schemas: `enqueue` takes their input, and handlers get their output. */
export interface TypedQueue<S extends Schemas> extends Queue {
  enqueue(input: InputOf<S>, options?: EnqueueOptions): Promise<Acceptance>;
  enqueueIn(tx: CallersTransaction, input: InputOf<S>): Promise<Enqueued>;
}
