import { errorText } from '../util/error-text.ts';
import type { Report } from '../contract/events.ts';
import type { Lease } from './lease.ts';
import type { PostgresStore } from '../postgres/store.ts';
import type { RedisStore } from '../redis/store.ts';
import type { Held, Settled } from '../contract/store.ts';

export interface ReturnsOptions {
  readonly worker: string;
  readonly postgres: PostgresStore;
  /** Redis, while it is used. */
  readonly redis: () => RedisStore | undefined;
  /** The ids in the worker's hands. */
  readonly heldIds: () => readonly string[];
  readonly report: Report;
}

/** What a worker gives back to the stores. Best effort: what does not arrive comes back when its lease ends. */
export class Returns {
  readonly #options: ReturnsOptions;
  #unreleased: Held[] = [];

  constructor(options: ReturnsOptions) {
    this.#options = options;
  }

  /** Gives claims back. What cannot be given back now is, when its store returns. */
  async release(lease: Lease): Promise<void> {
    const held = lease.held;
    if (held.length === 0) return;
    try {
      await lease.store.release(held);
    } catch (error) {
      const text = errorText(error);
      this.#options.report('debug', 'not_released', text, { count: held.length, error: text });
      if (lease.store.name === 'postgres') this.#unreleased.push(...held);
    }
  }

  /** Tries again what Postgres would not take back. */
  async releaseRest(): Promise<void> {
    const held = this.#unreleased.splice(0);
    if (held.length === 0) return;
    await this.#options.postgres.release(held).catch(() => this.#unreleased.push(...held));
  }

  /** Claims whose reply was lost, with a connection or behind a pause, stand in our name and in nobody's hands. */
  async releaseLost(): Promise<void> {
    const { redis, worker, heldIds, report } = this.#options;
    try {
      const released = (await redis()?.releaseLost(worker, heldIds())) ?? 0;
      if (released > 0)
        report('info', 'lost_claims_released', `${released} claims whose reply was lost`, { released });
    } catch (error) {
      const text = errorText(error);
      report('warn', 'lost_claims_kept', text, { error: text });
    }
  }

  /** Tells Redis to drop copies of what is settled. */
  async forget(items: readonly Settled[]): Promise<void> {
    const { redis, report } = this.#options;
    if (items.length === 0) return;
    // Copies that are not forgotten come back when their lease ends, find their outcome, and are forgotten then.
    await redis()
      ?.forget(items)
      .catch((error: unknown) => {
        const text = errorText(error);
        report('debug', 'not_forgotten', text, { count: items.length, error: text });
      });
  }
}
