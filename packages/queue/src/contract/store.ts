import type { StoreName } from './errors.ts';
import type { Envelope } from './submission.ts';

/**
 * What a store keeps once it has answered `stored`:
 * `disk` survives a crash of the machine, `second` may lose about the last second, `memory` loses everything
 * with its process, `unknown` could not be found out.
 */
export type Keeps = 'disk' | 'second' | 'memory' | 'unknown';

/**
 * A store's answer for one pushed item.
 * `refused`: certainly not there. `unknown`: no answer in time; it may be there, or still land.
 * `full`: a preference, not a fault; `force` overrides it.
 */
export type PushAnswer = 'stored' | 'duplicate' | 'conflict' | 'full' | 'refused' | 'unknown';

/** One item to push. */
export interface PushItem {
  readonly envelope: Envelope;
  /** Not to be claimed before this time (ms since 1970). Omitted: at once. */
  readonly runAtMs?: number;
  /** Attempts made elsewhere, so that a moved submission does not start its count again. Default 0. */
  readonly attempts?: number;
  /** What went wrong in them. Default: nothing. */
  readonly history?: readonly AttemptRecord[];
  /** Why the item comes to this store, for the operator: `redis_refused`, `hedge`, … */
  readonly reason?: string;
  /** Its id was generated for this push, which is its first: no store can hold it, and none looks for it. Default false. */
  readonly generatedId?: boolean | undefined;
}

export interface PushOptions {
  /** The call settles within this time, in milliseconds from now. */
  readonly deadlineMs: number;
  /** Store even when the store considers itself full. */
  readonly force?: boolean;
}

export interface PushResult {
  /** One answer per item, in order. */
  readonly answers: readonly PushAnswer[];
  /** Why items were refused or unknown. */
  readonly cause?: Error;
}

/** The narrow part that the accept path uses. `push` always settles by its deadline and never rejects. */
export interface PushStore {
  readonly name: StoreName;
  push(items: readonly PushItem[], options: PushOptions): Promise<PushResult>;
}

/** One failed or snoozed attempt, kept with the submission. */
export interface AttemptRecord {
  readonly attempt: number;
  /** ISO 8601. */
  readonly at: string;
  readonly error: string;
  /** The handler threw `SnoozeError`: the attempt did not count. */
  readonly snoozed?: true;
}

/** A submission that a worker holds under a lease. */
export interface Claim {
  readonly envelope: Envelope;
  /** Fence: each claim draws a new one, so that only its holder can name it. */
  readonly token: string;
  /** The number of this attempt, from 1. */
  readonly attempt: number;
  readonly history: readonly AttemptRecord[];
}

export interface ClaimOptions {
  readonly limit: number;
  readonly leaseMs: number;
  /** The name under which leases are held, unique per worker process. */
  readonly worker: string;
}

/** Names a held claim. */
export type Held = Pick<Claim, 'token'> & Pick<Envelope, 'id'>;

/** A held claim that goes back to its store, for a later attempt. */
export interface Retry extends Held {
  readonly delayMs: number;
  readonly history: readonly AttemptRecord[];
  /** The attempt does not count: nothing was tried. Default false. */
  readonly uncounted?: boolean;
}

/** Names a settled item: copies of this generation or older are dropped; other content under the same id stays. */
export type Settled = Pick<Envelope, 'id' | 'generation' | 'digest'>;

/** How much a store holds. A count stops where going on would be slow, and `capped` says so. */
export interface Depth {
  /** Due and unclaimed. */
  readonly ready: number;
  /** Waiting for their time: a retry's delay, or a schedule. */
  readonly delayed: number;
  /** Held by a worker. */
  readonly active: number;
  readonly capped: boolean;
  /** When the oldest of the ready ones was received; in Redis, the next one. Missing if no submission is ready. */
  readonly oldestAt?: Date;
}

/**
 * Holds accepted submissions. Everything here but `push` rejects when the store cannot be reached.
 * Leases and tokens only save work: the unique outcome in Postgres decides what takes effect.
 */
export interface Store extends PushStore {
  /** Up to `limit` due items under a lease. An item whose lease expired is handed out alone. */
  claim(options: ClaimOptions): Promise<Claim[]>;
  /** Prolongs leases; returns the ids whose token no longer matched. */
  extend(held: readonly Held[], leaseMs: number): Promise<string[]>;
  /** Returns claims with a delay, for example after a failed attempt. A stale token changes nothing. */
  retry(retries: readonly Retry[]): Promise<void>;
  /** Returns claims and does not count the attempt: the failure was not theirs. A stale token changes nothing. */
  release(held: readonly Held[]): Promise<void>;
  /** Drops settled items. Only after the settling transaction committed. */
  ack(items: readonly Settled[]): Promise<void>;
  /** Which of these ids the store holds. */
  has(ids: readonly string[]): Promise<Set<string>>;
  depth(): Promise<Depth>;
}

/** The store that holds copies and may lose them in a crash: what a worker and recovery call in Redis, in addition to `Store`. */
export interface FastStore extends Store {
  /** A random name, made at the first write to the store; here as the last answer had it. A new one means that the store lost its data. */
  readonly epoch: string | undefined;
  /** Releases claims of this worker that are not among `heldIds`, because their reply was lost. Resolves to their number. */
  releaseLost(worker: string, heldIds: readonly string[]): Promise<number>;
  /** Makes submissions ready again that the store holds but no list contains. Resolves to their number. */
  repair(): Promise<number>;
}

/** Claims at the moment when there is work, on a connection of its own. */
export interface WakeListener {
  /** A wait is under way. A second one would queue behind it. */
  readonly busy: boolean;
  /** What there is to claim once work arrives, or after `waitMs`. Rejects where the store cannot be reached. */
  claim(options: ClaimOptions, waitMs: number): Promise<Claim[]>;
  /** Ends a wait and its claim. The next one waits on a new connection. */
  interrupt(): void;
  stop(): void;
}

/** A worker's connections to the fast store. */
export interface FastStoreConnection {
  readonly store: FastStore;
  readonly wake: WakeListener;
  /** A real write: whether the store takes any. */
  probe(): Promise<void>;
  /** Calls `run` each time when a connection has been made. */
  onReady(run: () => void): void;
  close(): void;
}
