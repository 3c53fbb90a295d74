import type { Transaction } from './transaction.ts';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Schemas } from './payload-schema.ts';
import type { Submission } from './submission.ts';

/** A submission as a handler gets it. */
export interface ClaimedSubmission<Form extends string = string, Data = unknown> extends Submission<
  Form,
  Data
> {
  /** The number of this attempt, from 1. */
  readonly attempt: number;
}

/** What handlers get: one member for each form, with what its schema makes of the data. */
export type ClaimedOf<S extends Schemas> = {
  [Form in keyof S & string]: ClaimedSubmission<Form, StandardSchemaV1.InferOutput<S[Form]>>;
}[keyof S & string];

export interface BatchContext {
  /**
   * Aborts when the handler's time (`timeoutMs`) is over, when its transaction has lost its connection, when the lease is lost, and
   * when the worker stops and its grace is over. The reason says which.
   */
  readonly signal: AbortSignal;
}

/**
 * Effects in Postgres, in the settling transaction: they happen once. A batch that fails is halved until the submission that fails
 * is alone. So the handler may get the others again, after their first effects were rolled back.
 *
 * Await every statement and every nested transaction: `tx` is closed when the handler's promise settles. A statement that still runs
 * then fails the attempt, and a later one is refused with `StatementNotAwaitedError`. Where one branch of Promise.all fails, the others
 * go on: use Promise.allSettled.
 */
export type BatchHandler<S extends Schemas = Schemas> = (
  submissions: readonly ClaimedOf<S>[],
  tx: Transaction,
  context: BatchContext,
) => Promise<void>;

/**
 * Effects elsewhere: a webhook, a mail. Called once per attempt, and once more after a crash between call and settlement, with the
 * same `idempotencyKey`: it takes effect once if the receiver honours the key. A call that has begun counts as an attempt, whatever
 * ends it.
 */
export type ExternalHandler<S extends Schemas = Schemas> = (
  submission: ClaimedOf<S>,
  context: ExternalContext,
) => Promise<void>;

export interface ExternalContext extends BatchContext {
  /** The same at every attempt. */
  readonly idempotencyKey: string;
  readonly attempt: number;
}

/** A worker has one handler, of one kind or the other. */
export type Handler<S extends Schemas = Schemas> =
  | { readonly batch: BatchHandler<S> }
  | { readonly external: ExternalHandler<S> };
