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
  /** Called when work begins to come from the other store. */
  readonly onSwitch: (from: 'redis' | 'postgres', cause: Error | undefined) => void;
}

/** Where a worker takes its work from: Redis, and straight from Postgres while Redis is away. */
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
    // Until it has answered, Redis is away: a worker must start where there is none. That is no news yet.
    this.#breaker.trip(new Error('not connected yet'));
    starting = false;
    redis.onReady(() => this.#breaker?.probeNow());
  }

  get from(): 'redis' | 'postgres' {
    return this.#breaker === undefined || this.#breaker.open ? 'postgres' : 'redis';
  }

  /**
   * Up to `limit` submissions under a lease; none where there is no work. `drainToo`: what waits in Postgres cannot get
   * into Redis, so an idle worker takes it from there. Rejects where Postgres is away, too.
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
