import type { StoreName } from './errors.ts';
import type { Keeps } from './store.ts';

/**
 * Everything a queue and its workers report, by name, with the fields each event carries. The set is closed. No field ever
 * holds a payload; `error` and `cause` are the words of whatever failed.
 */
export interface QueueEvents {
  /** A store answers again, or keeps what it acknowledges in another way than before. `warn` where that is not `disk`. */
  store_up: { readonly store: StoreName; readonly keeps: Keeps };
  /** A store is not used: its last answer was none, or a refusal. */
  store_down: { readonly store: StoreName; readonly keeps: Keeps };
  /** A connection to Redis broke, or could not be made. Frequent while Redis is away; `store_down` says it once. */
  redis_connection: { readonly error: string };
  /** The same of a connection to Postgres. */
  postgres_connection: { readonly error: string };
  /** `close` gave up waiting for a connection that would not end. */
  not_closed: { readonly error: string };
  /** From which store a worker takes from now on, and why it is another than before. */
  working_from: { readonly from: StoreName; readonly cause?: string };
  /** Postgres failed under a worker: it claims nothing until a real write succeeds. No attempt is burned. */
  store_failed: { readonly error: string };
  /** A worker claims nothing: Postgres takes no writes. */
  paused: { readonly cause: string };
  /** It claims again. */
  resumed: object;
  /** Somebody switched a worker, or its recovery, off or on: `Worker.pause` and `resume`. */
  switched: { readonly what: 'worker' | 'recovery'; readonly paused: boolean };
  /** Recovery pushed this many rows from Postgres to Redis. */
  recovered: { readonly pushed: number };
  /** A pass of recovery failed; the next one follows. */
  recovery_failed: { readonly error: string };
  /** Outcomes past their retention were deleted. */
  retention: { readonly deleted: number };
  /** They could not be; tried again in ten minutes. */
  retention_failed: { readonly error: string };
  /** A handler threw, or a payload does not fit its schema. Another attempt follows, or `dead`. */
  attempt_failed: { readonly id: string; readonly attempt: number; readonly error: string };
  /** The last attempt failed: the submission is kept, with payload and history, until an operator decides. */
  dead: { readonly id: string; readonly attempt: number; readonly error: string };
  /** A stored submission that cannot be read, or that Postgres will not even keep as dead. It stays where it is. */
  unreadable: { readonly id: string; readonly error: string };
  /** A lease could not be extended: another worker may claim the same; its effect still happens once. */
  lease_not_extended: { readonly error: string };
  /** A retry's delay could not be stored: the attempt after it comes when the lease ends. */
  retry_not_stored: { readonly id: string; readonly error: string };
  /** Claims whose reply was lost with a connection were given back. */
  lost_claims_released: { readonly released: number };
  /** They could not be: they come back when their leases end. */
  lost_claims_kept: { readonly error: string };
  /** Claims could not be given back now: they are when the store returns, or when their leases end. */
  not_released: { readonly count: number; readonly error: string };
  /** Redis was not told of settled submissions: its copies find their outcome later, and go then. */
  not_forgotten: { readonly count: number; readonly error: string };
}

export type QueueEventName = keyof QueueEvents;

export type EventLevel = 'debug' | 'info' | 'warn' | 'error';

/** Who reports. */
export interface EventSource {
  readonly queue: string;
  /** Set where a worker reports. */
  readonly worker?: string;
}

/**
 * Something worth an operator's log line. A union over `event`: comparing that tells which `fields` there are.
 * `message` is for people and may change; names and fields are stable.
 */
export type QueueEvent<Name extends QueueEventName = QueueEventName> = {
  readonly [Each in Name]: {
    readonly level: EventLevel;
    readonly event: Each;
    readonly message: string;
    readonly fields: EventSource & QueueEvents[Each];
  };
}[Name];

/** Reports an event. */
export type Report = <Name extends QueueEventName>(
  level: EventLevel,
  event: Name,
  message: string,
  fields: QueueEvents[Name],
) => void;

/** Completes events with who reports them. What a subscriber throws is dropped: it must not take a submission along. */
export function createReport(onEvent: (event: QueueEvent) => void, source: EventSource): Report {
  return <Name extends QueueEventName>(
    level: EventLevel,
    event: Name,
    message: string,
    fields: QueueEvents[Name],
  ) => {
    // Of one name throughout, which the compiler does not follow into the union.
    const whole = { level, event, message, fields: { ...source, ...fields } } as QueueEvent;
    try {
      const returned: unknown = onEvent(whole);
      if (returned instanceof Promise) returned.catch(() => {});
    } catch {
      // Nobody is left to be told.
    }
  };
}
