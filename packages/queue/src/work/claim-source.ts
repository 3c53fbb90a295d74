import { Breaker } from '../util/breaker.ts';
import type { PostgresStore } from '../postgres/store.ts';
import { writeProbe } from '../redis/connection.ts';
import type { RedisClient } from '../redis/connection.ts';
import type { RedisStore } from '../redis/store.ts';
import type { Claim, ClaimOptions, Store } from '../contract/store.ts';

/** A probe of Redis slower than this does not count as one of a healthy Redis, in ms. */
const SLOW_PROBE_MS = 500;

/** Claims, and the store that holds their leases. */
export interface Intake {
  readonly store: Store;
  readonly claims: readonly Claim[];
}

export interface SourceOptions {
  readonly queue: string;
  readonly redis: { readonly store: RedisStore; readonly client: RedisClient } | undefined;
  readonly postgres: PostgresStore;
  /** Called when work begins to come from the other store. */
  readonly onSwitch: (from: 'redis' | 'postgres', cause: Error | undefined) => void;
}

/** Where a worker takes its work from: Redis, and straight from Postgres while Redis is away. */
export class Source {
  readonly #options: SourceOptions;
  readonly #breaker: Breaker | undefined;

  constructor(options: SourceOptions) {
    this.#options = options;
    if (!options.redis) return;
    const { client } = options.redis;
    let starting = true;
    this.#breaker = new Breaker({
      probe: () => writeProbe(client, options.queue),
      slowMs: SLOW_PROBE_MS,
      onChange: (open, cause) => {
        if (!starting) options.onSwitch(open ? 'postgres' : 'redis', cause);
      },
    });
    // Until it has answered, Redis is away: a worker must start where there is none. That is no news yet.
    this.#breaker.trip(new Error('not connected yet'));
    starting = false;
    client.on('ready', () => this.#breaker?.probeNow());
  }

  get from(): 'redis' | 'postgres' {
    return this.#breaker === undefined || this.#breaker.open ? 'postgres' : 'redis';
  }

  /**
   * Up to `limit` submissions under a lease; none where there is no work. `drainToo`: what waits in Postgres cannot get
   * into Redis, so an idle worker takes it from there. Rejects where Postgres is away, too.
   */
  async take(options: ClaimOptions, drainToo: boolean): Promise<Intake | undefined> {
    const { redis, postgres } = this.#options;
    if (redis && this.from === 'redis') {
      try {
        const intake = asIntake(redis.store, await redis.store.claim(options));
        if (intake || !drainToo) return intake;
      } catch (error) {
        // What the lost reply may have leased is released by `releaseLost` when Redis is back.
        this.#breaker?.trip(error instanceof Error ? error : new Error(String(error)));
      }
    }
    return asIntake(postgres, await postgres.claim(options));
  }

  stop(): void {
    this.#breaker?.stop();
  }
}

function asIntake(store: Store, claims: readonly Claim[]): Intake | undefined {
  return claims.length > 0 ? { store, claims } : undefined;
}
