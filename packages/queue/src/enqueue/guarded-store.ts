import { Batcher } from './batcher.ts';
import type { Ticket } from './batcher.ts';
import { Breaker } from '../util/breaker.ts';
import { toError } from '../util/error-text.ts';
import type { StoreName } from '../contract/errors.ts';
import { HedgeDelay } from './hedge.ts';
import type { Audit } from '../contract/durability.ts';
import type { Keeps, PushAnswer, PushItem, PushOptions, PushResult, PushStore } from '../contract/store.ts';
import type { StoreStats, StoreView } from '../contract/views.ts';

export interface StorePathOptions {
  readonly store: PushStore;
  readonly hedgeMs: { readonly min: number; readonly max: number };
  /** The longest that one call to this store is waited for, in ms. */
  readonly callMs: number;
  /** A real write, for the breaker. */
  readonly probe: () => Promise<void>;
  /** Errors that do not heal in a moment: the breaker opens at the first. */
  readonly isLasting: (error: Error) => boolean;
  readonly onChange: (view: StoreView) => void;
}

/** A store as the accept path uses it: coalesced, timed, with a breaker, and with what is known of its state. */
export class StorePath {
  readonly name: StoreName;
  readonly hedge: HedgeDelay;
  readonly breaker: Breaker;
  readonly #options: StorePathOptions;
  readonly #batcher: Batcher;
  #audit: Audit = { keeps: 'unknown', durability: 'its settings have not been read yet' };
  #since = new Date();
  #silentAtMs = Number.NEGATIVE_INFINITY;
  /** It has answered well, once: until then nobody knows whether it is there. */
  #met = false;
  /** The last answer was a good one. */
  #answered = false;
  #lastError: { readonly text: string; readonly at: Date } | undefined;
  readonly #asked: Record<string, number> = {};
  readonly #answers = { stored: 0, duplicate: 0, conflict: 0, full: 0, refused: 0, unknown: 0 };
  #opened = 0;
  #closed = 0;

  constructor(options: StorePathOptions) {
    this.#options = options;
    this.name = options.store.name;
    this.hedge = new HedgeDelay(options.hedgeMs);
    this.#batcher = new Batcher((items, pushOptions) => this.#push(items, pushOptions));
    this.breaker = new Breaker({
      probe: options.probe,
      slowMs: options.hedgeMs.max,
      onChange: (open, cause) => this.#changed(open, cause),
    });
  }

  /** Whether it would be used, or has at least answered well at last: slow is not away. */
  get works(): boolean {
    return !this.breaker.open || this.#answered;
  }

  /** Whether a submission may be sent to it with some confidence: it has answered before, and is not away. */
  get accepts(): boolean {
    return this.#met && this.works;
  }

  get keeps(): Keeps {
    return this.#audit.keeps;
  }

  /** Pushes with whatever else is waiting. `answer` is called once; by when, the store and its deadline decide. */
  push(
    item: PushItem,
    force: boolean,
    deadlineAtMs: number,
    answer: (answer: PushAnswer, cause?: Error) => void,
  ): Ticket {
    const reason = item.reason ?? 'signal';
    this.#asked[reason] = (this.#asked[reason] ?? 0) + 1;
    if (!this.#audit.full || force) return this.#batcher.push(item, force, deadlineAtMs, answer);
    this.#answers.full += 1;
    queueMicrotask(() => answer('full'));
    return { sent: false, together: 0, deadlineAtMs };
  }

  /**
   * Notes that the store was silent for longer than the hedge time, before it is known whether it answers. One silence
   * counts once, however many callers it keeps waiting: a single slow fsync must not open the breaker.
   */
  wasSilent(): void {
    const nowMs = performance.now();
    if (nowMs - this.#silentAtMs < this.hedge.ms) return;
    this.#silentAtMs = nowMs;
    this.breaker.failed(new Error(`no answer within ${Math.round(this.hedge.ms)} ms`));
  }

  /** Notes the connection's own end or refusal. */
  disconnected(cause: Error): void {
    this.#answered = false;
    this.breaker.trip(cause);
    this.#lastError = { text: cause.message, at: new Date() };
  }

  audited(audit: Audit): void {
    this.#met = true;
    const changed = audit.durability !== this.#audit.durability;
    this.#audit = audit;
    if (changed) this.#options.onChange(this.view());
  }

  view(): StoreView {
    return {
      name: this.name,
      state: this.works ? 'up' : 'down',
      since: this.#since,
      ...(this.#lastError && { lastError: this.#lastError.text, lastErrorAt: this.#lastError.at }),
      keeps: this.#audit.keeps,
      durability: this.#audit.durability,
      breaker: this.breaker.open ? 'open' : 'closed',
    };
  }

  /** Counts since it was opened. */
  stats(): StoreStats {
    return {
      asked: { ...this.#asked },
      answers: { ...this.#answers },
      opened: this.#opened,
      closed: this.#closed,
    };
  }

  async #push(items: readonly PushItem[], options: PushOptions): Promise<PushResult> {
    const startedMs = performance.now();
    const deadlineMs = Math.min(options.deadlineMs, this.#options.callMs);
    // A store's push never rejects; should one do so nevertheless, its items are unknown, not lost track of.
    const result = await this.#options.store
      .push(items, { ...options, deadlineMs })
      .catch((error: unknown): PushResult => ({
        answers: items.map(() => 'unknown'),
        cause: toError(error),
      }));
    const durationMs = performance.now() - startedMs;
    this.#answered = result.cause === undefined;
    for (const answer of result.answers) this.#answers[answer] += 1;
    if (result.cause === undefined) {
      this.#met = true;
      this.hedge.record(durationMs);
      this.breaker.succeeded(durationMs);
    } else {
      this.#lastError = { text: result.cause.message, at: new Date() };
      if (this.#options.isLasting(result.cause)) this.breaker.trip(result.cause);
      else this.breaker.failed(result.cause);
    }
    return result;
  }

  #changed(open: boolean, cause: Error | undefined): void {
    this.#since = new Date();
    if (open) this.#opened += 1;
    else this.#closed += 1;
    if (open && cause) this.#lastError = { text: cause.message, at: this.#since };
    this.#options.onChange(this.view());
  }
}
