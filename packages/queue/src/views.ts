import type { StoreName } from './errors.ts';
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
 * `received`: a store that would know could not be asked. `missing`: every store was asked, and none has it.
 * `failed`: dead, kept for an operator.
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
  /** `absent`: not configured. `down`: it is not used, and its last answer was none or a refusal. */
  readonly state: 'up' | 'down' | 'absent';
  /** Since when it has been in this state. */
  readonly since: Date;
  /** The latest failure in words, without secrets; kept after recovery for the operator. */
  readonly lastError?: string;
  readonly lastErrorAt?: Date;
  readonly keeps: Keeps;
  /** What a crash of this store would lose now, in words. */
  readonly durability: string;
}

/** The state of the whole queue at a glance. A depth is missing where its store could not be asked. */
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

/** A row of the fallback backlog. */
export interface BacklogRow {
  readonly id: string;
  readonly form: string;
  readonly receivedAt: Date;
  readonly runAt: Date;
  readonly state: 'waiting' | 'scheduled' | 'processing';
  /** Whether Redis was told of it (since Redis last forgot). */
  readonly pushed: boolean;
  readonly attempts: number;
  readonly reason?: string;
  readonly lastError?: string;
  /** Size of the data, in bytes. */
  readonly bytes: number;
}

export interface BacklogQuery {
  readonly form?: string;
  /** Received at least this long ago, in ms. */
  readonly minAgeMs?: number;
  /** Received at most this long ago, in ms. */
  readonly maxAgeMs?: number;
  /** From a previous page's `nextCursor`. An unreadable cursor starts again at the first page. */
  readonly cursor?: string;
  /** Rows a page, 1 to 200. Default 50. */
  readonly limit?: number;
}

export interface BacklogPage {
  /** Oldest first. */
  readonly rows: readonly BacklogRow[];
  readonly nextCursor?: string;
  /** Rows that match, counted up to 10,000. */
  readonly matching: number;
  readonly capped: boolean;
}

/** A dead submission, as an operator's list shows it. */
export interface DeadRow {
  readonly id: string;
  readonly form: string;
  readonly receivedAt: Date;
  readonly diedAt: Date;
  readonly attempts: number;
  readonly error: string;
  /** Set where it reused the id of another submission: that id. */
  readonly conflictsWith?: string;
}

export interface DeadPage {
  /** Latest first. */
  readonly rows: readonly DeadRow[];
  readonly nextCursor?: string;
}

/** Everything known of one submission, for an operator. */
export interface SubmissionDetail extends SubmissionStatus {
  readonly generation: number;
  /** The data as the stores keep it: JSON text. Missing once processed (the effect holds it then). */
  readonly payload?: string;
  readonly history: readonly AttemptRecord[];
  readonly reason?: string;
  readonly error?: string;
  /** Set on a dead submission that reused the id of another: that id. */
  readonly conflictsWith?: string;
}

/** Read-only views. Each rejects with `StoreUnavailableError` where Postgres cannot be asked, but `overview` never does. */
export interface Inspect {
  overview(): Promise<Overview>;
  backlog(query?: BacklogQuery): Promise<BacklogPage>;
  dead(query?: Pick<BacklogQuery, 'cursor' | 'limit'>): Promise<DeadPage>;
  /** `undefined`: no store that could be asked knows the id. */
  find(id: string): Promise<SubmissionDetail | undefined>;
  /**
   * Ids that begin with these 8 hex digits and end with these 12: what people write down of one. Of what Postgres knows,
   * waiting or settled; at most 10.
   */
  idsLike(begins: string, ends: string): Promise<readonly string[]>;
}

export interface RecoveryResult {
  /** Rows that Redis had not held, and holds now. */
  readonly pushed: number;
  /** True: rows may be left, since a pass is bounded. */
  readonly more: boolean;
  /** True: Redis is at its high-water mark; going on at once is no use. */
  readonly full?: boolean;
}

/** What this process sees of the stores. */
export interface Health {
  readonly redis: StoreView;
  readonly postgres: StoreView;
  /** Whether an `enqueue` now would be accepted, as far as can be told without trying. */
  readonly accepts: boolean;
}

/** What a worker is doing. */
export interface WorkerView {
  readonly name: string;
  readonly workingFrom: StoreName | 'none';
  /** Why it claims nothing at the moment. */
  readonly paused: string | undefined;
  /** Submissions in hand. */
  readonly inFlight: number;
  /** Since it started: settled, failed attempts, dead, and rows pushed to Redis by its recovery. */
  readonly settled: number;
  readonly failed: number;
  readonly dead: number;
  readonly recovered: number;
  readonly lastSettledAt?: Date;
}
