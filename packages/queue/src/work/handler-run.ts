import type { Report } from '../contract/events.ts';
import { TimeLimitError } from '../contract/failures.ts';
import type { Claim } from '../contract/store.ts';
import type { HandlersView } from '../contract/views.ts';
import { errorText } from '../util/error-text.ts';
import { EXTENSIONS_PER_LEASE } from './lease.ts';

/** A handler whose signal was aborted has this long to settle before its slot goes on without it, in ms. */
const ABORT_GRACE_MS = 250;
/** A handler that runs for longer than this many leases is reported. */
const OVERDUE_LEASES = 2;

export interface HandlerRunsOptions {
  readonly leaseMs: number;
  readonly report: Report;
}

export interface HandlerRunOptions extends HandlerRunsOptions {
  readonly claims: readonly Claim[];
  readonly timeoutMs: number;
  /** Aborts when the claims are no longer this worker's: the call is given up. */
  readonly released: AbortSignal;
}

/** The calls of a worker's handler that have not settled, those that were given up included. */
export class HandlerRuns {
  readonly #options: HandlerRunsOptions;
  readonly #open = new Set<HandlerRun>();

  constructor(options: HandlerRunsOptions) {
    this.#options = options;
  }

  /** One call, which begins with `HandlerRun.call`. */
  prepare(claims: readonly Claim[], timeoutMs: number, released: AbortSignal): HandlerRun {
    return new HandlerRun({ ...this.#options, claims, timeoutMs, released }, this.#open);
  }

  /** The submissions of calls that are not over: none of them may run beside itself in this process. */
  idsRunning(): ReadonlySet<string> {
    const ids = new Set<string>();
    for (const run of this.#open) if (!run.isLeaseOver) for (const id of run.ids) ids.add(id);
    return ids;
  }

  view(): HandlersView {
    const runs = [...this.#open];
    const oldestMs = Math.min(...runs.map((run) => run.startedMs));
    return {
      running: runs.length,
      abandoned: runs.filter((run) => run.isAbandoned).length,
      overdue: runs.filter((run) => run.isOverdue).length,
      ...(runs.length > 0 && { oldestAt: new Date(oldestMs) }),
    };
  }
}

/** One call of a handler, and the limit of its time. */
export class HandlerRun {
  readonly #options: HandlerRunOptions;
  readonly #open: Set<HandlerRun>;
  #startedMs = 0;
  #ended: Promise<void> | undefined;
  #abandonedMs: number | undefined;

  constructor(options: HandlerRunOptions, open: Set<HandlerRun>) {
    this.#options = options;
    this.#open = open;
  }

  get startedMs(): number {
    return this.#startedMs;
  }

  get isAbandoned(): boolean {
    return this.#abandonedMs !== undefined;
  }

  /** It was given up, and the leases that it had then may be over: the last extension of a lease is up to a third of it ago. */
  get isLeaseOver(): boolean {
    const leftMs = this.#options.leaseMs * (1 - 1 / EXTENSIONS_PER_LEASE);
    return this.#abandonedMs !== undefined && Date.now() - this.#abandonedMs >= leftMs;
  }

  get ids(): readonly string[] {
    return this.#options.claims.map((claim) => claim.envelope.id);
  }

  get isOverdue(): boolean {
    return Date.now() - this.#startedMs >= this.#overdueMs;
  }

  /**
   * Settles as `handle` does within its time. After that time the signal aborts and the call rejects with `TimeLimitError`, whether
   * the handler settles or not. `lost` aborts when the transaction of the handler has lost its connection.
   */
  async call(handle: (signal: AbortSignal) => Promise<void>, lost?: AbortSignal): Promise<void> {
    const { timeoutMs, released } = this.#options;
    const { promise: givenUp, reject: giveUp } = Promise.withResolvers<never>();
    const limit = new AbortController();
    const signal = AbortSignal.any([limit.signal, released, ...(lost ? [lost] : [])]);
    signal.throwIfAborted();
    const timer = setTimeout(() => limit.abort(new TimeLimitError('handler', timeoutMs)), timeoutMs);
    let grace: NodeJS.Timeout | undefined;
    const onAbort = () => {
      grace = setTimeout(() => giveUp(signal.reason), ABORT_GRACE_MS);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    const handling = handle(signal);
    this.#follow(handling);
    try {
      await Promise.race([handling, givenUp]);
      limit.signal.throwIfAborted();
    } catch (error) {
      if (!limit.signal.aborted) throw error;
      this.#reportTimedOut(errorText(limit.signal.reason));
      throw limit.signal.reason;
    } finally {
      signal.removeEventListener('abort', onAbort);
      clearTimeout(timer);
      clearTimeout(grace);
      this.#noteAbandoned();
    }
  }

  /** Whether the handler has settled, or was not called; waits at most `ms` for that, and not after the claims were released. */
  async settled(ms: number): Promise<boolean> {
    if (this.#ended === undefined) return true;
    const { released } = this.#options;
    const { promise: over, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    released.addEventListener('abort', () => resolve(), { once: true });
    if (released.aborted) resolve();
    await Promise.race([this.#ended, over]);
    clearTimeout(timer);
    this.#noteAbandoned();
    return !this.#open.has(this);
  }

  get #overdueMs(): number {
    return OVERDUE_LEASES * this.#options.leaseMs;
  }

  #follow(handling: Promise<void>): void {
    this.#startedMs = Date.now();
    this.#open.add(this);
    const overdue = setTimeout(() => this.#reportOverdue(), this.#overdueMs);
    // A handler that never ends must not keep the process alive.
    overdue.unref();
    const end = () => {
      clearTimeout(overdue);
      this.#open.delete(this);
    };
    this.#ended = handling.then(end, end);
  }

  /** It runs on, and is not waited for any longer. */
  #noteAbandoned(): void {
    if (this.#open.has(this)) this.#abandonedMs = Date.now();
  }

  #reportOverdue(): void {
    const runningMs = Date.now() - this.#startedMs;
    const message = `A handler has been running for ${Math.round(runningMs / 1_000)} s`;
    this.#options.report('warn', 'handler_overdue', message, { ...this.#named, runningMs });
  }

  #reportTimedOut(error: string): void {
    const runsOn = this.#open.has(this);
    const message = runsOn ? `${error} It is given up, and still runs.` : error;
    this.#options.report('warn', 'handler_timed_out', message, { ...this.#named, runsOn, error });
  }

  get #named(): { readonly id: string; readonly count: number } {
    const { ids } = this;
    return { id: ids[0] ?? '', count: ids.length };
  }
}
