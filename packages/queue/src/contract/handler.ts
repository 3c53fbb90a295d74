import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Schemas } from './payload-schema.ts';
import type { Submission } from './submission.ts';
import type { Transaction } from './transaction.ts';

/** A submission in a handler's hands. */
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
  /** Aborts when the lease is lost, and when the worker stops and its grace is over. */
  readonly signal: AbortSignal;
}

/**
 * Effects in Postgres, in the settling transaction: they happen once. A batch that fails is split until the culprit
 * stands alone; so the handler may see the others of it again, after its first effects on them were rolled back.
 */
export type BatchHandler<S extends Schemas = Schemas> = (
  submissions: readonly ClaimedOf<S>[],
  tx: Transaction,
  context: BatchContext,
) => Promise<void>;

/**
 * Effects elsewhere: a webhook, a mail. Called once per attempt, but after a crash between call and settlement once more,
 * with the same `idempotencyKey`: once in effect where the receiver heeds that.
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

/** One kind or the other; a worker has one handler. */
export type Handler<S extends Schemas = Schemas> =
  | { readonly batch: BatchHandler<S> }
  | { readonly external: ExternalHandler<S> };
