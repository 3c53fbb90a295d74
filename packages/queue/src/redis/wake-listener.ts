import { DeadlineError, withTimeout } from '../util/deadline.ts';
import { KEY_PREFIX } from './connection.ts';
import type { RedisClient } from './connection.ts';
import type { RedisStore } from './store.ts';
import type { Claim, ClaimOptions, WakeListener } from '../contract/store.ts';

/** A wait that lasts this much longer than its time means that the connection hangs, ms. */
const LATE_MS = 1_000;

/**
 * Claims at the moment when there is work: it waits for Redis' wake token on a connection of its own, with the claim sent behind
 * it. Redis runs the claim in the turn that ends the wait, so that push, wake and claim go to disk together: one answer and one
 * fsync less than waiting first and then claiming (docs/performance.md). The token is not a submission: losing it loses nothing. A
 * claim whose answer is lost is released by `releaseLost`, or its lease ends.
 */
export class RedisWakeListener implements WakeListener {
  readonly #client: RedisClient;
  readonly #store: RedisStore;
  readonly #key: string;
  #busy = false;

  /** `store` is on the same connection as `client`. */
  constructor(client: RedisClient, store: RedisStore, queue: string) {
    this.#client = client;
    this.#store = store;
    this.#key = `${KEY_PREFIX}{${queue}}:wake`;
  }

  /** A wait is under way. A second one would queue behind it. */
  get busy(): boolean {
    return this.#busy;
  }

  /** What there is to claim after a wake token, or after `waitMs` without one. Rejects if Redis cannot be reached. */
  async claim(options: ClaimOptions, waitMs: number): Promise<Claim[]> {
    this.#busy = true;
    try {
      const woken = this.#client.blpop(this.#key, waitMs / 1_000);
      const claims = this.#store.claim(options);
      const [, claimed] = await withTimeout(waitMs + LATE_MS, Promise.all([woken, claims]));
      return claimed;
    } catch (error) {
      if (error instanceof DeadlineError) this.#client.disconnect(true);
      throw error;
    } finally {
      this.#busy = false;
    }
  }

  /** Ends a wait and the claim behind it, which Redis has not run yet. The next one waits on a new connection. */
  interrupt(): void {
    if (this.#busy) this.#client.disconnect(true);
  }

  stop(): void {
    this.#client.disconnect();
  }
}
