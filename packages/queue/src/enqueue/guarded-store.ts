import type { StoreName } from '../contract/errors.ts';
import type { PushAnswer, PushItem, PushOptions, PushResult, PushStore } from '../contract/store.ts';
import type { StoreStats } from '../contract/stats.ts';
import { toError } from '../util/error-text.ts';
import { Batcher } from './batcher.ts';
import type { Ticket } from './batcher.ts';
import { StoreHealth } from './store-health.ts';
import type { StoreHealthOptions } from './store-health.ts';

export interface GuardedStoreOptions extends Omit<StoreHealthOptions, 'name'> {
  readonly store: PushStore;
  /** The longest that one call to this store is waited for, in ms. */
  readonly callMs: number;
  /** Whether the store refused a batch for the data of one of its items: the others are then pushed without it. */
  readonly isDataFailure: (error: Error) => boolean;
}

/** A store as the accept path uses it: a full store is passed over, pushes are batched, and each call is timed into its health. */
export class GuardedStore {
  readonly name: StoreName;
  readonly health: StoreHealth;
  readonly #store: PushStore;
  readonly #callMs: number;
  readonly #isDataFailure: (error: Error) => boolean;
  readonly #batcher: Batcher;
  readonly #asked: Record<string, number> = {};
  readonly #answers = { stored: 0, duplicate: 0, conflict: 0, full: 0, refused: 0, unknown: 0 };

  constructor({ store, callMs, isDataFailure, ...options }: GuardedStoreOptions) {
    this.name = store.name;
    this.health = new StoreHealth({ ...options, name: store.name });
    this.#store = store;
    this.#callMs = callMs;
    this.#isDataFailure = isDataFailure;
    this.#batcher = new Batcher((items, pushOptions) => this.#call(items, pushOptions));
  }

  /** Pushes in a batch with what else is waiting. `answer` is called once, at the deadline at the latest. */
  push(
    item: PushItem,
    force: boolean,
    deadlineAtMs: number,
    answer: (answer: PushAnswer, cause?: Error) => void,
  ): Ticket {
    const reason = item.reason ?? 'signal';
    this.#asked[reason] = (this.#asked[reason] ?? 0) + 1;
    if (!this.health.settings.full || force) return this.#batcher.push(item, force, deadlineAtMs, answer);
    this.#answers.full += 1;
    queueMicrotask(() => answer('full'));
    return { sent: false, batchSize: 0, deadlineAtMs };
  }

  /** Counts since it was opened. */
  stats(): StoreStats {
    return { asked: { ...this.#asked }, answers: { ...this.#answers }, ...this.health.changes };
  }

  async #call(items: readonly PushItem[], options: PushOptions): Promise<PushResult> {
    const startedMs = performance.now();
    const deadlineMs = Math.min(options.deadlineMs, this.#callMs);
    const result = await this.#push(items, { ...options, deadlineMs });
    for (const answer of result.answers) this.#answers[answer] += 1;
    // A store that takes the others is well.
    const isWell = this.#blamesData(result) && result.answers.includes('stored');
    this.health.recordResult(isWell ? { answers: result.answers } : result, performance.now() - startedMs);
    return result;
  }

  /** A batch that is refused for its data is halved until the item to blame is alone. */
  async #push(items: readonly PushItem[], options: PushOptions): Promise<PushResult> {
    const startedMs = performance.now();
    // A store's push never rejects. Should one do so nevertheless, its items are unknown, and not forgotten.
    const result = await this.#store.push(items, options).catch((error: unknown): PushResult => ({
      answers: items.map(() => 'unknown'),
      cause: toError(error),
    }));
    if (items.length === 1 || !this.#blamesData(result)) return result;
    const answers: PushAnswer[] = [];
    let { cause } = result;
    const middle = Math.ceil(items.length / 2);
    for (const half of [items.slice(0, middle), items.slice(middle)]) {
      const deadlineMs = Math.max(1, options.deadlineMs - (performance.now() - startedMs));
      const pushed = await this.#push(half, { ...options, deadlineMs });
      answers.push(...pushed.answers);
      cause = pushed.cause ?? cause;
    }
    return { answers, ...(cause && { cause }) };
  }

  #blamesData({ cause }: PushResult): boolean {
    return cause !== undefined && this.#isDataFailure(cause);
  }
}
