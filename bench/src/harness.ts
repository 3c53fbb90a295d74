import { startPostgres, startRedis, waitFor } from '@spillway/devstack';
import type { PostgresServer, RedisServer } from '@spillway/devstack';
import { Redis } from 'ioredis';
import pg from 'pg';

const POOL = 16;

/** A database of a competitor's own, with a pool on it. */
export interface Database extends AsyncDisposable {
  readonly url: string;
  readonly pool: pg.Pool;
}

/** The servers that all competitors share. */
export interface Harness extends AsyncDisposable {
  readonly redis: RedisServer;
  readonly postgres: PostgresServer;
  /** For the bench's own questions. */
  readonly client: Redis;
  database(): Promise<Database>;
  /** An empty Redis, with an empty log. */
  emptyRedis(): Promise<void>;
}

/**
 * Redis keeps what it acknowledges (`appendonly yes, appendfsync always`), and Postgres commits to disk: these are the settings of
 * our own stack, the same for all competitors. The only difference: Redis rewrites its log between measurements, not during one.
 */
export async function startHarness(): Promise<Harness> {
  const [redis, postgres] = await Promise.all([
    startRedis({ settings: { 'auto-aof-rewrite-percentage': '0' } }),
    startPostgres(),
  ]);
  const client = new Redis(redis.url);
  return {
    redis,
    postgres,
    client,
    database: () => openDatabase(postgres),
    emptyRedis: async () => {
      await client.flushall();
      await client.bgrewriteaof();
      await waitFor(
        async () =>
          /aof_rewrite_in_progress:0[^]*aof_rewrite_scheduled:0/.test(await client.info('persistence')),
        { intervalMs: 2, message: 'the end of the rewriting' },
      );
    },
    [Symbol.asyncDispose]: async () => {
      client.disconnect();
      await Promise.all([redis.stop(), postgres.stop()]);
    },
  };
}

async function openDatabase(postgres: PostgresServer): Promise<Database> {
  const url = await postgres.createDatabase();
  const pool = new pg.Pool({ connectionString: url, max: POOL });
  // The server ends while the pool has idle connections.
  pool.on('error', () => {});
  return { url, pool, [Symbol.asyncDispose]: () => pool.end() };
}
