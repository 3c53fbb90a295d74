import type { StoreDurability } from '../contract/durability.ts';
import type { StoreName } from '../contract/errors.ts';
import type { PushResult } from '../contract/store.ts';
import type { StoreView } from '../contract/views.ts';
import { Breaker } from '../util/breaker.ts';
import { HedgeDelay } from './hedge.ts';

export interface StoreHealthOptions {
  readonly name: StoreName;
  readonly hedgeMs: { readonly min: number; readonly max: number };
  /** A real write, for the breaker. */
  readonly probe: () => Promise<void>;
  /** Errors that last longer than a moment: the breaker opens at the first. */
  readonly isLasting: (error: Error) => boolean;
  readonly onChange: (view: StoreView) => void;
}

/** What the accept path knows of a store's state: its breaker, how fast it answers, and what it keeps. */
export class StoreHealth {
  readonly hedge: HedgeDelay;
  readonly breaker: Breaker;
  readonly #options: StoreHealthOptions;
  #durability: StoreDurability = { keeps: 'unknown', durability: 'its settings have not been read yet' };
  #since = new Date();
  #silentAtMs = Number.NEGATIVE_INFINITY;
  /** It has answered well, once. Before that it is unknown whether it is there. */
  #hasAnswered = false;
  /** The last answer was a good one. */
  #lastAnswerGood = false;
  #lastError: { readonly text: string; readonly at: Date } | undefined;
  #opened = 0;
  #closed = 0;

  constructor(options: StoreHealthOptions) {
    this.#options = options;
    this.hedge = new HedgeDelay(options.hedgeMs);
    this.breaker = new Breaker({
      probe: options.probe,
      slowMs: options.hedgeMs.max,
      onChange: (open, cause) => this.#changed(open, cause),
    });
  }

  /** Whether submissions are sent to it, or its last answer was at least good: a slow store is not away. */
  get isUsable(): boolean {
    return !this.breaker.open || this.#lastAnswerGood;
  }

  /** Whether it may be counted on: it has answered before, and is usable. */
  get isReady(): boolean {
    return this.#hasAnswered && this.isUsable;
  }

  get settings(): StoreDurability {
    return this.#durability;
  }

  /** How often its breaker opened and closed. */
  get changes(): { readonly opened: number; readonly closed: number } {
    return { opened: this.#opened, closed: this.#closed };
  }

  recordResult({ cause }: PushResult, durationMs: number): void {
    this.#lastAnswerGood = cause === undefined;
    if (cause === undefined) {
      this.#hasAnswered = true;
      this.hedge.record(durationMs);
      this.breaker.succeeded(durationMs);
    } else {
      this.#lastError = { text: cause.message, at: new Date() };
      if (this.#options.isLasting(cause)) this.breaker.trip(cause);
      else this.breaker.failed(cause);
    }
  }

  /**
   * The store was silent for longer than the hedge delay; it is not known yet whether it answers. One silence counts once, however
   * many callers wait for it: a single slow fsync must not open the breaker.
   */
  recordSilence(): void {
    const nowMs = performance.now();
    if (nowMs - this.#silentAtMs < this.hedge.ms) return;
    this.#silentAtMs = nowMs;
    this.breaker.failed(new Error(`no answer within ${Math.round(this.hedge.ms)} ms`));
  }

  /** The connection ended, or was refused. */
  recordDisconnect(cause: Error): void {
    this.#lastAnswerGood = false;
    this.breaker.trip(cause);
    this.#lastError = { text: cause.message, at: new Date() };
  }

  recordSettings(durability: StoreDurability): void {
    this.#hasAnswered = true;
    const changed = durability.durability !== this.#durability.durability;
    this.#durability = durability;
    if (changed) this.#options.onChange(this.view());
  }

  view(): StoreView {
    return {
      name: this.#options.name,
      state: this.isUsable ? 'up' : 'down',
      since: this.#since,
      ...(this.#lastError && { lastError: this.#lastError.text, lastErrorAt: this.#lastError.at }),
      keeps: this.#durability.keeps,
      durability: this.#durability.durability,
      breaker: this.breaker.open ? 'open' : 'closed',
    };
  }

  #changed(open: boolean, cause: Error | undefined): void {
    this.#since = new Date();
    if (open) this.#opened += 1;
    else this.#closed += 1;
    if (open && cause) this.#lastError = { text: cause.message, at: this.#since };
    this.#options.onChange(this.view());
  }
}
