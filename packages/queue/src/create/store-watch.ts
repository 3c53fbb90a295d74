import type { StoreDurability } from '../contract/durability.ts';
import type { GuardedStore } from '../enqueue/guarded-store.ts';
import type { OpenPool } from '../postgres/connection/connection.ts';
import { HeldConnection } from '../postgres/connection/held-connection.ts';
import { readPostgresDurability } from '../postgres/settings/settings.ts';
import { readRedisDurability } from '../redis/settings/settings.ts';
import { withTimeout } from '../util/deadline.ts';
import { toError } from '../util/error-text.ts';
import type { OpenRedis } from './open-stores.ts';

/** How often the settings of both stores are read, which also shows whether the stores are there, ms. */
const EVERY_MS = 5_000;
/** How long the first submissions of a process wait to learn Redis' settings, ms: before that, Redis does not count as durable. */
const FIRST_CHECK_MS = 500;

export interface StoreWatchOptions {
  readonly acceptPool: OpenPool;
  readonly workPool: OpenPool;
  readonly postgres: GuardedStore;
  readonly redis: OpenRedis | undefined;
}

/** Keeps what the accept path knows of its stores up to date: whether they are there, and what their settings keep. */
export class StoreWatch {
  readonly #options: StoreWatchOptions;
  readonly #timer: NodeJS.Timeout;
  #firstCheck: Promise<unknown> | undefined;
  #isStopped = false;

  constructor(options: StoreWatchOptions) {
    this.#options = options;
    if (options.redis) this.#follow(options.redis);
    this.#timer = setInterval(() => void this.#checkAll(), EVERY_MS);
    this.#timer.unref();
    void this.#checkPostgres();
  }

  /** Set while a new process does not know what its Redis keeps. */
  get firstCheck(): Promise<unknown> | undefined {
    return this.#firstCheck;
  }

  stop(): void {
    this.#isStopped = true;
    clearInterval(this.#timer);
  }

  #follow(redis: OpenRedis): void {
    const { client, path } = redis;
    // ioredis reports the reason of a failed connection only here; commands get a generic one.
    let reason = new Error('the connection was closed');
    client.on('error', (error) => {
      reason = error;
    });
    client.on('close', () => {
      if (!this.#isStopped) path.health.recordDisconnect(reason);
    });
    const { promise: looked, resolve } = Promise.withResolvers<void>();
    client.once('close', resolve);
    client.on('ready', () => {
      path.health.breaker.probeNow();
      void this.#checkRedis(redis).then(resolve);
    });
    const over = () => (this.#firstCheck = undefined);
    this.#firstCheck = withTimeout(FIRST_CHECK_MS, looked).then(over, over);
  }

  async #checkAll(): Promise<void> {
    const { redis } = this.#options;
    await Promise.all([redis && this.#checkRedis(redis), this.#checkPostgres()]);
  }

  async #checkRedis({ client, path }: OpenRedis): Promise<void> {
    await this.#check(path, () => readRedisDurability(client));
  }

  async #checkPostgres(): Promise<void> {
    const { acceptPool, workPool, postgres } = this.#options;
    // Without an answer, abandoned statements go on counting as running.
    for (const { pool } of [acceptPool, workPool]) void HeldConnection.checkAbandoned(pool).catch(() => {});
    await this.#check(postgres, () => readPostgresDurability(workPool.pool));
  }

  /** Reads twice before it reports a store as down: one late answer may be the fault of this process. */
  async #check(path: GuardedStore, look: () => Promise<StoreDurability>): Promise<void> {
    try {
      path.health.recordSettings(await look().catch(look));
    } catch (error) {
      if (!this.#isStopped) path.health.recordDisconnect(toError(error));
    }
  }
}
