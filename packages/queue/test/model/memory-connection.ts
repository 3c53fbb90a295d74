import type { Claim, ClaimOptions, FastStoreConnection, WakeListener } from '../../src/contract/store.ts';
import type { RedisStore } from '../../src/redis/store.ts';
import type { Carry } from './memory-postgres.ts';

/** A worker's connections to the modelled Redis. */
export class MemoryConnection implements FastStoreConnection {
  readonly store: RedisStore;
  readonly wake: MemoryWake;
  readonly #carry: Carry;
  readonly #onReady: (() => void)[] = [];

  constructor(store: RedisStore, carry: Carry) {
    this.store = store;
    this.wake = new MemoryWake(store);
    this.#carry = carry;
  }

  probe(): Promise<void> {
    return this.#carry('probe', () => {});
  }

  onReady(run: () => void): void {
    this.#onReady.push(run);
  }

  /** A connection has been made. */
  ready(): void {
    for (const run of this.#onReady) run();
  }

  close(): void {
    this.wake.stop();
  }
}

/** Waits its time out, as where no push wakes it, and then claims. */
class MemoryWake implements WakeListener {
  readonly #store: RedisStore;
  #interrupt: (() => void) | undefined;

  constructor(store: RedisStore) {
    this.#store = store;
  }

  get busy(): boolean {
    return this.#interrupt !== undefined;
  }

  async claim(options: ClaimOptions, waitMs: number): Promise<Claim[]> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, waitMs);
    this.#interrupt = () => reject(new Error('Connection is closed.'));
    try {
      await promise;
      return await this.#store.claim(options);
    } finally {
      clearTimeout(timer);
      this.#interrupt = undefined;
    }
  }

  interrupt(): void {
    this.#interrupt?.();
  }

  stop(): void {
    this.#interrupt?.();
  }
}
