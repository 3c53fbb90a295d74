import type { Transaction as SettlingTransaction } from './postgres/connection.ts';
import { decode } from './submission.ts';
import type { Submission } from './submission.ts';
import type { Claim } from './store.ts';

/**
 * The settling transaction, as Drizzle gives it: what is written through it happens exactly when the outcome does. A
 * transaction begun inside it is a savepoint. COMMIT and ROLLBACK as statements of your own would tear the two apart.
 */
export type Transaction = SettlingTransaction;

/** A submission in a handler's hands. */
export interface ClaimedSubmission<Data = unknown> extends Submission<Data> {
  /** The number of this attempt, from 1. */
  readonly attempt: number;
}

/**
 * Effects in Postgres, in the settling transaction: they happen once. A batch that fails is split until the culprit
 * stands alone; so the handler may see the others of it again, after its first effects on them were rolled back.
 */
export type BatchHandler = (submissions: readonly ClaimedSubmission[], tx: Transaction) => Promise<void>;

/**
 * Effects elsewhere: a webhook, a mail. Called once per attempt, but after a crash between call and settlement once more,
 * with the same `idempotencyKey`: once in effect where the receiver heeds that.
 */
export type ExternalHandler = (submission: ClaimedSubmission, context: ExternalContext) => Promise<void>;

export interface ExternalContext {
  readonly idempotencyKey: string;
  readonly attempt: number;
  /** Aborts when the lease is lost, and when the worker stops and its grace is over. */
  readonly signal: AbortSignal;
}

export type Handler = { readonly batch: BatchHandler } | { readonly external: ExternalHandler };

export function toClaimed(claim: Claim): ClaimedSubmission {
  return { ...decode(claim.envelope), attempt: claim.attempt };
}
