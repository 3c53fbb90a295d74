import type { StoreName } from '../contract/errors.ts';
import type { PushAnswer, PushItem, PushOptions, PushResult, PushStore } from '../contract/store.ts';
import type { StoreStats } from '../contract/views.ts';
import { toError } from '../util/error-text.ts';
import { Batcher } from './batcher.ts';
import type { Ticket } from './batcher.ts';
import { StoreHealth } from './store-health.ts';
import type { StoreHealthOptions } from './store-health.ts';

export interface GuardedStoreOptions extends Omit<StoreHealthOptions, 'name'> {
  readonly store: PushStore;
  /** The longest that one call to this store is waited for, in ms. */
  readonly callMs: number;
}

/** A store as the accept path uses it: a full store is passed over, pushes are batched, and each call is timed into its health. */
export class GuardedStore {
  readonly name: StoreName;
  readonly health: StoreHealth;
  readonly #store: PushStore;
  readonly #callMs: number;
  readonly #batcher: Batcher;
  readonly #asked: Record<string, number> = {};
  readonly #answers = { stored: 0, duplicate: 0, conflict: 0, full: 0, refused: 0, unknown: 0 };

  constructor({ store, callMs, ...options }: GuardedStoreOptions) {
    this.name = store.name;
    this.health = new StoreHealth({ ...options, name: store.name });
    this.#store = store;
    this.#callMs = callMs;
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
    // A store's push never rejects. Should one do so nevertheless, its items are unknown, and not forgotten.
    const result = await this.#store
      .push(items, { ...options, deadlineMs })
      .catch((error: unknown): PushResult => ({
        answers: items.map(() => 'unknown'),
        cause: toError(error),
      }));
    for (const answer of result.answers) this.#answers[answer] += 1;
    this.health.recordResult(result, performance.now() - startedMs);
    return result;
  }
}
