import type { AttemptRecord, Claim, PushItem } from './store.ts';
import type { Transaction } from './transaction.ts';

/* What only Postgres keeps: the outcomes, and the rows of submissions that wait. Nothing above `postgres` knows its SQL. */

/**
 * What settling found out about claims.
 * `inserted`: their outcome is new, and this settlement's.
 * `alreadySettled`: settled before with the same content, or replaced by a newer generation; nothing is left to do but to drop the copy.
 * `inProgress`: another worker's external call for it is under way; its copy must stay.
 */
export interface Settlement {
  readonly inserted: readonly Claim[];
  readonly alreadySettled: readonly Claim[];
  readonly inProgress: readonly Claim[];
}

/** A submission whose attempts are used up, or that no attempt can help. */
export interface DeadLetter {
  readonly claim: Claim;
  readonly error: string;
  readonly history: readonly AttemptRecord[];
}

/**
 * The record of how each submission ended. The outcome is unique: of all copies and workers, only one can insert it, in the
 * transaction of the effects. The calls that settle reject with `LockTimeout` if another transaction locks the submissions, and
 * with `StoreFailure` if the store failed. In both cases nothing happened, except after a COMMIT whose answer was lost.
 */
export interface OutcomeLedger {
  /** `effects` gets the claims whose outcome is new, and only those. Rejects with `HandlerError` where it threw. */
  settleBatch(
    claims: readonly Claim[],
    effects: (inserted: readonly Claim[], tx: Transaction) => Promise<void>,
  ): Promise<Settlement>;
  /** Keeps payload, error and history until an operator decides. */
  settleDead(dead: readonly DeadLetter[]): Promise<Settlement>;
  /** Takes the right to make an external call, for `leaseMs`: `inserted` holds the claim where the right is this holder's. */
  beginExternal(claim: Claim, holder: string, leaseMs: number): Promise<Settlement>;
  /** Prolongs that right. False: another worker has taken the call over. */
  extendExternal(claim: Claim, holder: string, leaseMs: number): Promise<boolean>;
  /** After a finished call: it is done, whichever worker holds the right by now. */
  finishExternal(claim: Claim): Promise<void>;
  /** After a failed call: gives the right back, so that the next attempt need not wait for the lease. */
  abandonExternal(claim: Claim, holder: string): Promise<void>;
  /** The store's clock, in ms since 1970. */
  nowMs(): Promise<number>;
  /** Deletes outcomes past their retention, never a dead one. Resolves to how many. */
  deleteExpired(retentionMs: number): Promise<number>;
}

/** A place in the order of the fallback rows. */
export interface RowPlace {
  readonly runAt: string;
  readonly id: string;
}

/** A row as recovery reads it. */
export interface FallbackRow {
  readonly item: PushItem;
  readonly place: RowPlace;
  /** The epoch of Redis in which the row was pushed. */
  readonly pushedEpoch: string | undefined;
}

export interface DueOptions {
  readonly limit: number;
  /** Goes on behind this row. */
  readonly after?: RowPlace | undefined;
  /** Leaves out the rows that were pushed in this epoch. */
  readonly notPushedIn?: string | undefined;
}

/** The rows of the fallback store, as recovery and the holder of their copies see them. A row goes with its outcome, and never here. */
export interface FallbackRows {
  /** Due rows that no worker holds, in order. Rows of the last half second are left out: their first push is on its way. */
  due(options: DueOptions): Promise<readonly FallbackRow[]>;
  markPushed(ids: readonly string[], epoch: string | undefined): Promise<void>;
  /** Keeps the rows of what was claimed from Redis from being claimed here. Ids without a row are no error. */
  extendLeases(ids: readonly string[], leaseMs: number): Promise<void>;
}

/**
 * Copies of what Redis has acknowledged, in groups: cheaper to write than rows, and most are settled before anybody needs them. After two
 * seconds, what is not settled becomes rows.
 */
export interface ShadowLog {
  /** Keeps copies. `epoch`: of the Redis that holds them. Rejects where Postgres does not take them. */
  write(items: readonly PushItem[], epoch: string | undefined): Promise<void>;
  /** Makes rows of the groups that are two seconds old, without what is settled. Resolves to how many groups there were. */
  unfold(): Promise<number>;
}
