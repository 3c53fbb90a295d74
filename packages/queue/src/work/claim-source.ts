import { Breaker } from '../util/breaker.ts';
import type { Claim, ClaimOptions, FastStoreConnection, Store } from '../contract/store.ts';

/** A probe of Redis slower than this does not count as one of a healthy Redis, in ms. */
const SLOW_PROBE_MS = 500;

/** Claims, and the store that holds their leases. */
export interface ClaimedBatch {
  readonly store: Store;
  readonly claims: readonly Claim[];
}

export interface ClaimSourceOptions {
  readonly redis: FastStoreConnection | undefined;
  readonly postgres: Store;
  /** Called when work comes from the other store from now on. */
  readonly onSwitch: (from: 'redis' | 'postgres', cause: Error | undefined) => void;
}

/** Where a worker claims from: Redis, and directly from Postgres while Redis is down. */
export class ClaimSource {
  readonly #options: ClaimSourceOptions;
  readonly #breaker: Breaker | undefined;

  constructor(options: ClaimSourceOptions) {
    this.#options = options;
    const { redis } = options;
    if (!redis) return;
    let starting = true;
    this.#breaker = new Breaker({
      probe: () => redis.probe(),
      slowMs: SLOW_PROBE_MS,
      onChange: (open, cause) => {
        if (!starting) options.onSwitch(open ? 'postgres' : 'redis', cause);
      },
    });
    // Redis counts as down until it has answered: a worker must start without one. This first state is not reported.
    this.#breaker.trip(new Error('not connected yet'));
    starting = false;
    redis.onReady(() => this.#breaker?.probeNow());
  }

  get from(): 'redis' | 'postgres' {
    return this.#breaker === undefined || this.#breaker.open ? 'postgres' : 'redis';
  }

  /**
   * Up to `limit` submissions under a lease, or `undefined` if there is no work. `drainToo`: what waits in Postgres cannot get into
   * Redis, so that an idle worker claims it there. Rejects if Postgres is down, too.
   */
  async claim(options: ClaimOptions, drainToo: boolean): Promise<ClaimedBatch | undefined> {
    const { redis, postgres } = this.#options;
    if (redis && this.from === 'redis') {
      try {
        const batch = asBatch(redis.store, await redis.store.claim(options));
        if (batch || !drainToo) return batch;
      } catch (error) {
        // What the lost reply may have leased is released by `releaseLost` when Redis is back.
        this.#breaker?.trip(error instanceof Error ? error : new Error(String(error)));
      }
    }
    return asBatch(postgres, await postgres.claim(options));
  }

  stop(): void {
    this.#breaker?.stop();
  }
}

function asBatch(store: Store, claims: readonly Claim[]): ClaimedBatch | undefined {
  return claims.length > 0 ? { store, claims } : undefined;
}
