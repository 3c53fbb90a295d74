import type { StoreName } from './errors.ts';
import type { Keeps } from './store.ts';

/**
 * Everything a queue and its workers report, by name, with the fields each event carries. The set is closed. No field ever holds a
 * payload; `error` and `cause` are the messages of what failed.
 */
export interface QueueEvents {
  /** A store answers again, or its durability changed. `warn` where it does not keep everything on `disk`. */
  store_up: { readonly store: StoreName; readonly keeps: Keeps };
  /** A store is not used: it did not answer, or it refused. */
  store_down: { readonly store: StoreName; readonly keeps: Keeps };
  /** A connection to Redis broke, or could not be made. Frequent while Redis is away; `store_down` says it once. */
  redis_connection: { readonly error: string };
  /** A connection to Postgres broke, or could not be made. */
  postgres_connection: { readonly error: string };
  /** `close` stopped waiting for a connection that did not end, or could not write the last copies of what Redis has acknowledged. */
  not_closed: { readonly error: string };
  /** From which store a worker claims from now on, and why that changed. */
  working_from: { readonly from: StoreName; readonly cause?: string };
  /** Postgres failed while a worker used it: the worker claims nothing until a real write succeeds. No attempt is counted. */
  store_failed: { readonly error: string };
  /** A worker claims nothing: Postgres takes no writes. */
  paused: { readonly cause: string };
  /** The worker claims again. */
  resumed: object;
  /** A worker, or its recovery, was paused or resumed: `Worker.pause` and `resume`. */
  switched: { readonly what: 'worker' | 'recovery'; readonly paused: boolean };
  /** Recovery pushed this many rows from Postgres to Redis. */
  recovered: { readonly pushed: number };
  /** A pass of recovery failed; the next one follows. */
  recovery_failed: { readonly error: string };
  /** Outcomes past their retention were deleted. */
  retention: { readonly deleted: number };
  /** Deleting them failed. The next try is in ten minutes. */
  retention_failed: { readonly error: string };
  /** A handler threw, or a payload does not fit its schema. Another attempt follows, or `dead`. */
  attempt_failed: { readonly id: string; readonly attempt: number; readonly error: string };
  /**
   * A statement of a handler came after the handler's promise had settled, and was refused: an `await` is missing. Where the batch was
   * settled, its effect lacks that statement. Reported once for each batch: `count` submissions, of which `id` is the first.
   */
  late_statement: { readonly id: string; readonly count: number; readonly error: string };
  /** A handler threw `SnoozeError`: its submission is looked at again after `delayMs`, and no attempt counts. */
  snoozed: {
    readonly id: string;
    readonly attempt: number;
    readonly delayMs: number;
    readonly error: string;
  };
  /** A handler has been running for longer than two leases. `id` is one of its submissions, and `count` says how many it has. */
  handler_overdue: { readonly id: string; readonly count: number; readonly runningMs: number };
  /** A handler did not end within its `timeoutMs`. `runsOn`: nor after its signal was aborted; it was given up, and its slot is free. */
  handler_timed_out: {
    readonly id: string;
    readonly count: number;
    readonly runsOn: boolean;
    readonly error: string;
  };
  /** The last attempt failed: the submission is kept, with payload and history, until an operator decides. */
  dead: { readonly id: string; readonly attempt: number; readonly error: string };
  /** A stored submission cannot be read, or Postgres does not even keep it as dead. It stays where it is. */
  unreadable: { readonly id: string; readonly error: string };
  /** A lease could not be extended. Another worker may claim the same submission; its effect still happens once. */
  lease_not_extended: { readonly error: string };
  /** A retry's delay could not be stored. The next attempt comes when the lease ends. */
  retry_not_stored: { readonly id: string; readonly error: string };
  /** Claims whose reply was lost with a connection were released. */
  lost_claims_released: { readonly released: number };
  /** Releasing them failed. They come back when their leases end. */
  lost_claims_kept: { readonly error: string };
  /** Claims could not be released now. They are released when the store is back, or when their leases end. */
  not_released: { readonly count: number; readonly error: string };
  /** Redis did not learn of settled submissions. A worker that claims their copies later finds the outcome and drops them. */
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
 * An event for the operator's log. A union over `event`, which determines the `fields`.
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

/** Adds to events who reports them. An error that a subscriber throws is dropped: it must not fail a submission. */
export function createReport(onEvent: (event: QueueEvent) => void, source: EventSource): Report {
  return <Name extends QueueEventName>(
    level: EventLevel,
    event: Name,
    message: string,
    fields: QueueEvents[Name],
  ) => {
    // All parts have the same name; the compiler does not see that through the union.
    const whole = { level, event, message, fields: { ...source, ...fields } } as QueueEvent;
    try {
      const returned: unknown = onEvent(whole);
      if (returned instanceof Promise) returned.catch(() => {});
    } catch {
      // There is no one else to report it to.
    }
  };
}

/** What is told without `onEvent`: a dead submission waits for an operator's decision. */
export function printDead({ event, fields }: QueueEvent): void {
  if (event !== 'dead') return;
  console.error(
    `spillway: submission ${fields.id} of queue ${fields.queue} is dead after attempt ${fields.attempt}: ${JSON.stringify(fields.error)}. It is kept until queue.retry() or queue.discard(). Give createQueue an onEvent to log this.`,
  );
}
