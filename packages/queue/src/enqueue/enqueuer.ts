import { beginAccept } from './spans.ts';
import type { AcceptSpans } from './spans.ts';
import type { Ticket } from './batcher.ts';
import type { GuardedStore } from './guarded-store.ts';
import { toError } from '../util/error-text.ts';
import { ConflictError, NotAcceptedError } from '../contract/errors.ts';
import { afterSilence } from './hedge.ts';
import type { Primary } from '../contract/options.ts';
import type { PushAnswer, PushItem } from '../contract/store.ts';
import type { Acceptance } from '../contract/views.ts';

/** Suggested pause before a sender tries again, if no store accepted the submission, in ms. */
export const RETRY_AFTER_MS = 5_000;

export interface EnqueuerOptions {
  readonly queue: string;
  readonly primary: Primary;
  readonly redis: GuardedStore | undefined;
  readonly postgres: GuardedStore;
  readonly deadlineMs: number;
  /** Whether a Redis whose answer does not count may acknowledge where no other store does. */
  readonly lastResort: boolean;
  /** Called with each item that Redis has acknowledged. `isLastResort`: its answer counted only since no other store took it. */
  readonly onKeptByRedis: (item: PushItem, isLastResort: boolean) => void;
}

/** Decides which store acknowledges a submission, and tells the sender in time if none does. */
export class Enqueuer {
  readonly #options: EnqueuerOptions;
  #accepting = 0;
  #whenIdle = () => {};

  constructor(options: EnqueuerOptions) {
    this.#options = options;
  }

  /** The stores whose answer counts as an acknowledgement, the preferred one first. */
  order(): readonly GuardedStore[] {
    const { primary, redis, postgres } = this.#options;
    if (redis === undefined) return [postgres];
    if (primary === 'redis') return [redis, postgres];
    // Redis acknowledges only if it keeps everything on disk. Otherwise it is only the fast signal.
    if (redis.health.settings.keeps !== 'disk') return [postgres];
    return primary === 'postgres' ? [postgres, redis] : [redis, postgres];
  }

  /** The store that may acknowledge if none of the order does: a Redis that does not keep everything on disk. */
  lastResort(order = this.order()): GuardedStore | undefined {
    const { redis, lastResort } = this.#options;
    return lastResort && redis && !order.includes(redis) ? redis : undefined;
  }

  /** Rejects with `ConflictError`, or with `NotAcceptedError` after all stores that may acknowledge were really tried. */
  async enqueue(
    untraced: PushItem,
    signal?: AbortSignal,
    deadlineAtMs = performance.now() + this.#options.deadlineMs,
  ): Promise<Acceptance> {
    const order = this.order();
    const lastResort = this.lastResort(order);
    const { item, spans } = beginAccept(this.#options.queue, untraced);
    this.#accepting += 1;
    try {
      const acceptance = await new Promise<Acceptance>((resolve, reject) => {
        const attempt = new EnqueueAttempt(item, { order, lastResort }, deadlineAtMs, spans, resolve, reject);
        attempt.start();
        if (signal) attempt.abortWith(signal);
      });
      spans?.accepted(acceptance);
      if (acceptance.via === 'redis') this.#options.onKeptByRedis(item, lastResort !== undefined);
      else if (order[0]?.name === 'postgres') this.#signal(item);
      return acceptance;
    } catch (error) {
      spans?.refused(toError(error));
      throw error;
    } finally {
      this.#accepting -= 1;
      if (this.#accepting === 0) this.#whenIdle();
    }
  }

  /** Resolves when all calls have settled: within `deadlineMs`. For one caller, which admits no new calls. */
  async idle(): Promise<void> {
    if (this.#accepting > 0) await new Promise<void>((resolve) => (this.#whenIdle = resolve));
  }

  /**
   * Pushes to Redis what Postgres keeps, so that a worker claims it at once. Best effort: if it fails, recovery pushes it later.
   */
  #signal(item: PushItem): void {
    const { redis, deadlineMs } = this.#options;
    if (redis === undefined || redis.health.breaker.open) return;
    redis.push({ ...item, generatedId: false }, false, performance.now() + deadlineMs, ignoreAnswer);
  }
}

function ignoreAnswer(): void {}

/** One call of `enqueue`: which stores were asked, and what they answered. */
class EnqueueAttempt {
  readonly #item: PushItem;
  readonly #order: readonly GuardedStore[];
  readonly #lastResort: GuardedStore | undefined;
  readonly #deadlineAtMs: number;
  /**
   * Deadline for this submission. If the event loop was blocked, it is extended by one hedge delay, so that the store asked last
   * has time to answer.
   */
  #fairUntilMs: number;
  readonly #spans: AcceptSpans | undefined;
  readonly #resolve: (acceptance: Acceptance) => void;
  readonly #reject: (error: Error) => void;
  readonly #answers = new Map<GuardedStore, PushAnswer | 'pending'>();
  readonly #tickets = new Map<GuardedStore, Ticket>();
  readonly #forced = new Set<GuardedStore>();
  #lastCause: Error | undefined;
  #watching = false;
  #mayHaveArrived = false;
  #settled = false;
  #cancelTimer: () => void = () => {};
  #ignoreSignal: () => void = () => {};

  constructor(
    item: PushItem,
    stores: { readonly order: readonly GuardedStore[]; readonly lastResort: GuardedStore | undefined },
    deadlineAtMs: number,
    spans: AcceptSpans | undefined,
    resolve: (acceptance: Acceptance) => void,
    reject: (error: Error) => void,
  ) {
    this.#item = item;
    this.#order = stores.order;
    this.#lastResort = stores.lastResort;
    this.#deadlineAtMs = deadlineAtMs;
    this.#fairUntilMs = this.#deadlineAtMs;
    this.#spans = spans;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  start(): void {
    const first = this.#order.find((store) => !store.health.breaker.open) ?? this.#order[0];
    if (first === undefined) return this.#refuse();
    this.#ask(first, first === this.#order[0] ? 'primary' : 'open');
    this.#watch(first);
  }

  /** As at the deadline, the error says truthfully whether the submission may still arrive. */
  abortWith(signal: AbortSignal): void {
    if (this.#settled) return;
    const abort = () => {
      this.#lastCause = toError(signal.reason);
      this.#refuse();
    };
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    this.#ignoreSignal = () => signal.removeEventListener('abort', abort);
  }

  /**
   * If the store does not answer within the hedge delay, the next one is asked as well. An open breaker and a full store are
   * preferences, and no reason to refuse a submission.
   */
  #watch(store: GuardedStore): void {
    const leftMs = Math.max(0, this.#deadlineAtMs - performance.now());
    this.#watching = true;
    this.#await(Math.min(store.health.hedge.ms, leftMs), () => {
      this.#watching = false;
      if (this.#order.length > 1 && this.#answers.get(store) === 'pending') store.health.recordSilence();
      if (this.#askMore('hedge')) return;
      const patienceMs = this.#fairUntilMs - performance.now() - this.#reservedMs();
      this.#await(patienceMs, () => this.#askLastResort() || this.#refuse());
    });
  }

  /** The time that is kept for the last resort, while it was not asked. */
  #reservedMs(): number {
    const last = this.#lastResort;
    return last === undefined || this.#answers.has(last) ? 0 : 2 * last.health.hedge.ms;
  }

  /** Stores that are known to be away are not waited for, if there is a last resort. */
  #askMore(why: string): boolean {
    const areAway = this.#order.every((store) => store.health.breaker.open);
    return this.#askNext(why) || (areAway && this.#askLastResort()) || this.#askAgain();
  }

  /** Asks the store whose answer did not count before. False: no such store, or it was asked. */
  #askLastResort(): boolean {
    const last = this.#lastResort;
    if (last === undefined || this.#answers.has(last)) return false;
    this.#forced.add(last);
    this.#ask(last, 'last_resort');
    this.#watch(last);
    return true;
  }

  #await(ms: number, run: () => void): void {
    this.#cancelTimer();
    this.#cancelTimer = afterSilence(Math.max(0, ms), run);
  }

  /** Asks a store that was not asked yet, else forces a full one. False: no store is left. */
  #askNext(why: string): boolean {
    const untried = this.#order.find((store) => !this.#answers.has(store));
    const full = this.#order.find((store) => this.#answers.get(store) === 'full' && !this.#forced.has(store));
    const next = untried ?? full;
    if (next === undefined) return false;
    if (untried === undefined) this.#forced.add(next);
    this.#ask(next, untried ? why : 'forced');
    this.#watch(next);
    return true;
  }

  /**
   * Stores that did not answer in time are asked again while there is time: a slow store is not down, and the id makes a second
   * push harmless. False: no store to ask again, or no time.
   */
  #askAgain(): boolean {
    const slow = this.#order.filter((store) => this.#answers.get(store) === 'unknown');
    const [first] = slow;
    if (first === undefined) return false;
    const pauseMs = first.health.hedge.ms;
    // After the pause, the store needs time to answer.
    if (performance.now() + 2 * pauseMs >= this.#deadlineAtMs - this.#reservedMs()) return false;
    this.#mayHaveArrived = true;
    this.#await(pauseMs, () => {
      for (const store of slow) this.#ask(store, 'unknown');
      this.#watch(first);
    });
    return true;
  }

  #ask(store: GuardedStore, why: string): void {
    // A store that was asked before may hold the submission, or have handed it out.
    const generatedId = this.#item.generatedId && this.#answers.size === 0;
    this.#answers.set(store, 'pending');
    const nowMs = performance.now();
    if (nowMs >= this.#deadlineAtMs - 1) this.#fairUntilMs = nowMs + store.health.hedge.ms;
    const reason = why === 'primary' ? why : `${this.#order[0]?.name}_${why}`;
    this.#spans?.asked(store.name, reason);
    const ticket = store.push(
      { ...this.#item, reason, generatedId },
      this.#forced.has(store),
      this.#fairUntilMs,
      (answer, cause) => this.#answered(store, answer, cause),
    );
    this.#tickets.set(store, ticket);
  }

  #answered(store: GuardedStore, answer: PushAnswer, cause: Error | undefined): void {
    this.#spans?.answered(store.name, answer, this.#tickets.get(store)?.batchSize ?? 0, cause);
    if (this.#settled) return;
    this.#answers.set(store, answer);
    this.#lastCause = cause ?? this.#lastCause;
    if (answer === 'stored' || answer === 'duplicate') return this.#accept(store, answer === 'duplicate');
    if (answer === 'conflict')
      return this.#settle(() => this.#reject(new ConflictError(this.#item.envelope.id)));
    const isPending = [...this.#answers.values()].includes('pending');
    const isUntried = this.#order.some((other) => !this.#answers.has(other));
    // A store may still answer. If it stays silent, its timer asks the next one.
    if (isPending && !isUntried && this.#watching) return;
    if (this.#askMore(answer) || isPending) return;
    if (!this.#askLastResort()) this.#refuse();
  }

  #accept(store: GuardedStore, duplicate: boolean): void {
    this.#settle(() =>
      this.#resolve({
        id: this.#item.envelope.id,
        via: store.name,
        keeps: store.health.settings.keeps,
        acceptedAt: new Date(),
        duplicate,
      }),
    );
  }

  #refuse(): void {
    const isOpen = (store: GuardedStore) =>
      this.#answers.get(store) === 'unknown' ||
      (this.#answers.get(store) === 'pending' && this.#tickets.get(store)?.sent === true);
    const indeterminate = this.#mayHaveArrived || [...this.#answers.keys()].some(isOpen);
    // What waits for its batch must not be sent after the sender was told that it will not.
    for (const ticket of this.#tickets.values()) ticket.deadlineAtMs = 0;
    this.#settle(() =>
      this.#reject(
        new NotAcceptedError(this.#item.envelope.id, indeterminate, RETRY_AFTER_MS, this.#lastCause),
      ),
    );
  }

  #settle(act: () => void): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#cancelTimer();
    this.#ignoreSignal();
    act();
  }
}
