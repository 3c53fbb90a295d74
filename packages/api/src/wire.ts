import type { WorkerRow } from '@spillway/db';
import type {
  BacklogPage,
  DeadPage,
  Keeps,
  Overview,
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

/** What a sender hands in, at whichever door. */
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

export type WorkerView = Wire<WorkerRow>;

/** The queue at a glance, and the workers heard of lately; `workers` is missing where Postgres could not be asked. */
export type AdminOverview = Wire<Overview> & { readonly workers?: readonly WorkerView[] };

export type BacklogView = Wire<BacklogPage>;

/** One state of the live admin page. `backlog` is missing while Postgres cannot be asked. */
export interface AdminLive {
  readonly overview: AdminOverview;
  readonly backlog?: BacklogView;
}

export type DeadView = Wire<DeadPage>;

/** What a decision was carried out on. */
export interface Decided {
  readonly ids: readonly string[];
}

export type DetailView = Wire<SubmissionDetail>;

export type RecoverResult = RecoveryResult;

/** The value as the other side will read it. */
export function toWire<T>(value: T): Wire<T> {
  return JSON.parse(JSON.stringify(value));
}
