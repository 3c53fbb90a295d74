import type { WorkerRow } from '@spillway/db';
import type {
  Action,
  Keeps,
  ListFilter,
  ListName,
  ListPage as QueueListPage,
  Overview,
  Location,
  RecoveryResult,
  StoreName,
  SubmissionDetail,
  SubmissionStatus,
} from '@spillway/queue';

/** A value as it travels: dates are ISO 8601 strings. */
export type Wire<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? readonly Wire<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: Wire<T[Key]> }
      : T;

/** What a sender hands in, through any channel. */
export interface SubmitInput {
  /** UUIDv7. Left out: minted here. Sent again with the same content, the same id takes effect once. */
  readonly id?: string;
  /** Default `inbox`, which takes any JSON object. */
  readonly form?: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The answer to an accepted submission. */
export interface Receipt {
  readonly message: 'Submission received!';
  readonly id: string;
  /** The store that acknowledged, and what it keeps: how durable this receipt is. */
  readonly via: StoreName;
  readonly keeps: Keeps;
  /** ISO 8601. */
  readonly acceptedAt: string;
  /** The code that opens the status. The same id always gets the same code. */
  readonly receipt: string;
  /** Absolute address of the status page. */
  readonly url: string;
  /** The id as people write it down. */
  readonly reference: string;
}

/** Where a submission stands, without its payload. `processed`, `failed` and `discarded` are final. */
export type SubmissionView = Wire<SubmissionStatus> & { readonly reference: string };

/** A worker heard of lately. `doing`: in words, such as "working from Redis, 12 in hand". */
export type WorkerView = Wire<WorkerRow>;

/** What operators may switch off, for all workers together. */
export interface Controls {
  /** Workers claim nothing, and finish what they have in hand. */
  readonly workerPaused: boolean;
  /** What waits in Postgres is not pushed to Redis. */
  readonly recoveryPaused: boolean;
  /** Who switched last, and when. Missing until somebody has. */
  readonly by?: string;
  readonly at?: string;
}

/** Submissions per minute, averaged over the last few whole minutes. Missing where nobody was there to count. */
export interface Inflow {
  readonly redis?: number;
  readonly postgres?: number;
  readonly settled?: number;
}

/**
 * The queue at a glance. `workers`, `controls`, `inflow` are missing where Postgres could not be asked;
 * `drainEstimateMs`: when nothing would wait any more, at the pace of the last minutes. Missing: it cannot be said.
 */
export type AdminOverview = Wire<Overview> & {
  readonly workers?: readonly WorkerView[];
  readonly controls?: Controls;
  readonly inflow?: Inflow;
  readonly drainEstimateMs?: number;
};

/** Each may do what the ones before may. Viewers see, operators act, admins administer users. */
export type Role = 'viewer' | 'operator' | 'admin';

export interface Me {
  readonly email: string;
  readonly name: string;
  readonly role: Role;
}

/** One state of the live admin pages. `page` is missing while its store cannot be asked, or none was asked for. */
export interface AdminLive {
  readonly overview: AdminOverview;
  readonly page?: ListPage;
}

export type ListPage = Wire<QueueListPage>;
export type ListRow = ListPage['rows'][number];

/** Submissions that carry one reference, the first received first. `place` is missing where no store could say. */
export interface ReferencePage {
  readonly rows: readonly {
    readonly id: string;
    readonly receivedAt: string;
    readonly location?: Location;
  }[];
  readonly nextCursor?: string;
}

/** What an action is about: these submissions (at most 500), or all that match. */
export type Target =
  | { readonly ids: readonly string[] }
  | { readonly list: ListName; readonly filter?: ListFilter };

/** What a dry run found. `capped`: at least so many. */
export interface ActionCount {
  readonly count: number;
  readonly capped: boolean;
}

/** An action over many submissions, carried out in the background. */
export interface Operation {
  readonly id: string;
  readonly action: Action;
  readonly target: Target;
  readonly by: string;
  readonly startedAt: string;
  readonly endedAt?: string;
  /** `interrupted`: the process that carried it out ended. What was done until then is done, and in the audit log. */
  readonly state: 'running' | 'done' | 'cancelled' | 'failed' | 'interrupted';
  /** How many it was going to be about. Missing where counting took too long. */
  readonly total?: number;
  readonly done: number;
  /** Matched, but in the meantime in a state in which the action is not possible. */
  readonly skipped: number;
  /** Why it failed. */
  readonly error?: string;
}

/** What happened to a submission, or around it. */
export interface TimelineEvent {
  /** ISO 8601; missing where it is not recorded when it happened. */
  readonly at?: string;
  readonly what:
    | 'received'
    | 'attempt-failed'
    | 'processing'
    | 'waiting'
    | 'scheduled'
    | 'processed'
    | 'died'
    | 'discarded'
    | 'operator-retry'
    | 'operator-discard'
    | 'operator-requeue';
  readonly store?: StoreName;
  readonly worker?: string;
  readonly attempt?: number;
  readonly error?: string;
  /** The operator. */
  readonly by?: string;
}

export type DetailView = Wire<SubmissionDetail> & {
  /** Oldest first. */
  readonly timeline: readonly TimelineEvent[];
};

export type FlowRange = '1h' | '24h' | '7d';

/** Counts over `everyMs` from `at` on. null: nobody was there to count. */
export interface FlowPoint {
  readonly at: string;
  readonly redis: number | null;
  readonly postgres: number | null;
  readonly settled: number | null;
  readonly dead: number | null;
}

export interface FlowView {
  readonly everyMs: number;
  readonly points: readonly FlowPoint[];
}

export interface AuditEntry {
  readonly id: string;
  readonly at: string;
  /** Email address. */
  readonly by: string;
  /** `retry`, `discard`, `requeue`, `pause`, `resume`, `recover`, `export`, `user.create`, … */
  readonly action: string;
  readonly operationId?: string;
  readonly submissionId?: string;
  /** What it was about, where that was more than one submission. */
  readonly filter?: Target;
  readonly result: string;
}

export interface AuditPage {
  /** Latest first. */
  readonly entries: readonly AuditEntry[];
  readonly nextCursor?: string;
}

/** Someone who may sign in. */
export interface UserView {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  /** Missing: may sign in, and see nothing. */
  readonly role?: Role;
  readonly disabled: boolean;
  /** Whether a password is set; without one, single sign-on is the way in. */
  readonly hasPassword: boolean;
  readonly createdAt: string;
}

/** What the sandbox does to a store of the local devstack. */
export type SandboxAction =
  | {
      readonly store: 'redis';
      readonly action: 'kill' | 'start' | 'freeze' | 'resume' | 'flush' | 'fill' | 'unfill';
    }
  | { readonly store: 'postgres'; readonly action: 'stop' | 'start' };

/**
 * What became of all that the sandbox has sent. `sent` = accepted + refused + unanswered + those under way;
 * `accepted` = waiting + processed + dead + unaccounted.
 */
export interface LedgerView {
  readonly isSending: boolean;
  readonly sent: number;
  /** Told at once that nothing was stored. */
  readonly refused: number;
  /** Nobody knows: it may be stored. Nothing was promised. */
  readonly unanswered: number;
  /** A store forgot them, and their sender still had them. */
  readonly sentAgain: number;
  /** Those with a receipt. None of them may be lost. */
  readonly accepted: number;
  readonly waiting: number;
  readonly processed: number;
  /** Given up after all attempts, or by an operator. */
  readonly dead: number;
  /** Not found in the stores that could be asked. */
  readonly unaccounted: number;
  /** Stores that could not be asked. */
  readonly unasked: readonly StoreName[];
  /** Found nowhere. Missing while a store that may have them cannot be asked. */
  readonly lost?: number;
}

/** What a decision was carried out on. */
export interface Decided {
  readonly ids: readonly string[];
}

export type RecoverResult = RecoveryResult;

/** The value as the other side will read it. */
export function toWire<T>(value: T): Wire<T> {
  return JSON.parse(JSON.stringify(value));
}
