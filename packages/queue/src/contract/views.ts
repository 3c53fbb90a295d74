import type { StoreName } from './errors.ts';
import type { SettingCheck } from './setting-check.ts';
import type { AttemptRecord, Depth, Keeps } from './store.ts';

/** What `enqueue` resolves to: the submission is accepted, and this says how well it is kept. */
export interface Acceptance {
  readonly id: string;
  /** The store that acknowledged. */
  readonly via: StoreName;
  /** What that store keeps, as its settings were last read. */
  readonly keeps: Keeps;
  readonly acceptedAt: Date;
  /** True: this id with this content had been accepted before; nothing new was stored. */
  readonly duplicate: boolean;
}

/**
 * `received`: a store that would know could not be reached. `missing`: every store was asked, and none has it. `failed`: dead, kept
 * for an operator.
 */
export type SubmissionState =
  | 'received'
  | 'scheduled'
  | 'waiting'
  | 'processing'
  | 'processed'
  | 'failed'
  | 'discarded'
  | 'missing';

/** The possible values of an outcome, and the state that each means. */
export const SETTLED_STATES = { done: 'processed', dead: 'failed', discarded: 'discarded' } as const;
export type SettledStatus = keyof typeof SETTLED_STATES;

/** Where a submission stands. Without its payload. */
export interface SubmissionStatus {
  readonly id: string;
  readonly state: SubmissionState;
  readonly form?: string;
  /** The stores that hold it now. Empty once settled, and when unknown. */
  readonly heldBy: readonly StoreName[];
  /** How well it is kept now: the best of the stores that hold it; once settled, what Postgres keeps. */
  readonly keeps: Keeps;
  readonly acceptedAt?: Date;
  /** Not before this time (`scheduled`). */
  readonly runAt?: Date;
  readonly settledAt?: Date;
  readonly attempts: number;
}

/** A store as this process sees it. */
export interface StoreView {
  readonly name: StoreName;
  /** `absent`: not configured. `down`: it is not used, and it did not answer, or refused. */
  readonly state: 'up' | 'down' | 'absent';
  /** Since when it has been in this state. */
  readonly since: Date;
  /** The latest failure in words, without secrets; kept after recovery for the operator. */
  readonly lastError?: string;
  readonly lastErrorAt?: Date;
  readonly keeps: Keeps;
  /** What a crash of this store would lose now, in words. */
  readonly durability: string;
  /** `open`: submissions do not use it until probes succeed. Missing if the store is absent. */
  readonly breaker?: 'closed' | 'open';
}

/** The state of the whole queue at a glance. A depth is missing if its store could not be reached. */
export interface Overview {
  readonly queue: string;
  readonly at: Date;
  readonly redis: StoreView & { readonly depth?: Depth };
  readonly postgres: StoreView & { readonly depth?: Depth };
  /** Which store acknowledges new submissions now, and which one workers take from. */
  readonly accepting: StoreName | 'none';
  readonly workingFrom: StoreName | 'none';
  /** When the oldest due submission that still waits in Postgres was received. */
  readonly oldestWaitingAt?: Date;
  /** Rows in Postgres that Redis does not hold: what a `recover` would push. Capped like depth. */
  readonly unpushed?: number;
  /** Settled, by result, within the retention. Dead ones wait for an operator. */
  readonly outcomes?: {
    readonly done: number;
    readonly dead: number;
    readonly discarded: number;
    readonly capped: boolean;
  };
}

/** What an operator may look through. `processed`: settled, done and discarded ones. */
export type ListName = 'postgres' | 'redis' | 'dead' | 'processed';

/** What an operator may do. */
export type Action = 'retry' | 'discard' | 'requeue';

export interface ListFilter {
  readonly form?: string | undefined;
  /** Received at least this long ago, in ms. */
  readonly minAgeMs?: number | undefined;
  /** Received at most this long ago, in ms. */
  readonly maxAgeMs?: number | undefined;
  /** In Postgres: why the submission was stored there. Among the dead: a part of their error. Other lists have none. */
  readonly reason?: string | undefined;
  readonly minAttempts?: number | undefined;
  /** A whole id; else a part of the payload, in upper or lower case as far as the database's locale knows of it. */
  readonly search?: string | undefined;
}

export interface ListQuery {
  readonly list: ListName;
  readonly filter?: ListFilter | undefined;
  /** From a previous page's `nextCursor`. An unreadable cursor starts again at the first page. */
  readonly cursor?: string | undefined;
  /** Rows a page, 1 to 200. Default 50. */
  readonly limit?: number | undefined;
  /** Only submissions that this action can apply to. */
  readonly action?: Action | undefined;
  /** Only what was received by then: for walking over a list that grows. */
  readonly receivedBefore?: Date | undefined;
  /** Rows come with their payload. Default false. */
  readonly withPayload?: boolean | undefined;
}

/** A submission, as an operator's list shows it. */
export interface ListRow {
  readonly id: string;
  readonly form: string;
  readonly receivedAt: Date;
  readonly state: SubmissionState;
  /** The stores that are known to hold it. */
  readonly heldBy: readonly StoreName[];
  readonly attempts: number;
  /** Why it was stored in Postgres. */
  readonly reason?: string;
  readonly lastError?: string;
  /** Not before this time (`scheduled`). */
  readonly runAt?: Date;
  readonly settledAt?: Date;
  /** Size of the data, in bytes, where the list's store has it. */
  readonly bytes?: number;
  /** Set where it reused the id of another submission: that id. */
  readonly conflictsWith?: string;
  /** What can be done with it in this state. */
  readonly actions: readonly Action[];
  /** JSON text. */
  readonly payload?: string;
}

export interface ListPage {
  readonly list: ListName;
  /** Postgres: by due time. Redis: held by workers, due, then delayed. Settled ones: latest first. */
  readonly rows: readonly ListRow[];
  /** Where to go on. With `timedOut`: where the search was when its time ran out. */
  readonly nextCursor?: string;
  /** How many match, counted up to 10,000. Missing where counting took too long. */
  readonly matching?: number;
  readonly capped: boolean;
  /** The search ran out of time: the rows are what was found until then. */
  readonly timedOut: boolean;
}

/** How many match. `capped`: there may be more; the count or its time was over. */
export interface ListCount {
  readonly count: number;
  readonly capped: boolean;
}

/** Everything known of one submission, for an operator. */
export interface SubmissionDetail extends SubmissionStatus {
  readonly generation: number;
  /** The data as the stores keep it: JSON text. Missing once processed (the effect holds it then). */
  readonly payload?: string;
  readonly history: readonly AttemptRecord[];
  readonly reason?: string;
  readonly error?: string;
  /** The worker that holds it (`processing`). */
  readonly worker?: string;
  /** Set on a dead submission that reused the id of another: that id. */
  readonly conflictsWith?: string;
  /** What an operator can do with it in this state. */
  readonly actions: readonly Action[];
}

/** `waiting`: due, scheduled or held by a worker. */
export type Location = 'waiting' | 'processed' | 'dead' | 'discarded';

/** Where each of many submissions is. */
export interface Locations {
  /** An id that is missing here is in none of the stores that could be reached. */
  readonly found: ReadonlyMap<string, Location>;
  readonly unasked: readonly StoreName[];
}

/** Options of calls that read from the stores. */
export interface QueryOptions {
  /** Stops waiting once aborted: the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Which page of the submissions that carry one reference. */
export interface LikeQuery {
  /** `nextCursor` of the page before. */
  readonly cursor?: string | undefined;
  /** Default 50, at most 10,000. */
  readonly limit?: number | undefined;
}

/** `nextCursor`: there are more. */
export interface LikePage {
  readonly found: readonly { readonly id: string; readonly receivedAt: Date }[];
  readonly nextCursor?: string;
}

/**
 * Read-only views. Each rejects with `StoreUnavailableError` if Postgres cannot be reached, but `overview` and `checkSettings`
 * never do.
 */
export interface Inspect {
  overview(options?: QueryOptions): Promise<Overview>;
  /** A page of what an operator may look through. The list `redis` rejects if Redis cannot be reached. */
  list(query: ListQuery, options?: QueryOptions): Promise<ListPage>;
  /** How many of a list match, counted up to a million or for 5 s. */
  count(query: Omit<ListQuery, 'cursor' | 'limit'>, options?: QueryOptions): Promise<ListCount>;
  /** Checks each setting of both stores that could lose something or slow it down, worst first. A store that is away is one failed check. */
  checkSettings(options?: QueryOptions): Promise<readonly SettingCheck[]>;
  /** `undefined`: no store that could be reached knows the id. */
  find(id: string, options?: QueryOptions): Promise<SubmissionDetail | undefined>;
  /** Where each of these is. Never rejects because a store is down. */
  locate(ids: readonly string[], options?: QueryOptions): Promise<Locations>;
  /**
   * Submissions whose ids begin with these 8 hex digits and end with these 12: what people write down of one. Of what
   * Postgres knows, waiting or settled, page by page, the first received first: senders choose their ids, and a copy of
   * another's can only come later.
   */
  findIdsByReference(begins: string, ends: string, options?: QueryOptions & LikeQuery): Promise<LikePage>;
}

export interface RecoveryResult {
  /** Rows that Redis did not hold before, and holds now. */
  readonly pushed: number;
  /** True: rows may be left, since a pass is bounded. */
  readonly more: boolean;
  /** True: Redis is at its high-water mark; another pass at once would push nothing. */
  readonly full?: boolean;
}

/** What this process sees of the stores. */
export interface Health {
  readonly redis: StoreView;
  readonly postgres: StoreView;
  /** Whether an `enqueue` now would be accepted, as far as this can be known without trying. */
  readonly accepts: boolean;
}

/** The calls of a worker's handler that have not settled. */
export interface HandlersView {
  readonly running: number;
  /** Of these: given up, since they ran on after their time was over. */
  readonly abandoned: number;
  /** Of these: running for longer than two leases. */
  readonly overdue: number;
  /** When the oldest of them began. */
  readonly oldestAt?: Date;
}

/** What a worker is doing. */
export interface WorkerView {
  readonly name: string;
  readonly workingFrom: StoreName | 'none';
  /** Why it claims nothing at the moment. */
  readonly paused: string | undefined;
  readonly pausedByOperator: boolean;
  /** Whether it pushes nothing from Postgres to Redis: an operator has paused that. */
  readonly recoveryPaused: boolean;
  /** Submissions that the worker holds. */
  readonly inFlight: number;
  readonly handlers: HandlersView;
  /** Since it started: claimed, settled, failed attempts, those that are made again, dead, and rows recovered to Redis. */
  readonly claimed: Readonly<Record<StoreName, number>>;
  readonly settled: number;
  readonly failed: number;
  readonly retried: number;
  /** Attempts that their handler put off without counting them: `SnoozeError`. */
  readonly snoozed: number;
  readonly dead: number;
  readonly recovered: number;
  readonly lastSettledAt?: Date;
}
