import { startPostgres, startRedis } from '@spillway/devstack';
import type { PostgresServer, RedisServer } from '@spillway/devstack';
import { createQueue, migrate, newId } from '@spillway/queue';
import type { Queue, QueueEvent, QueueOptions } from '@spillway/queue';
import { encode } from '../src/contract/submission.ts';
import { DEFAULT_SCHEMA } from '../src/contract/schema-name.ts';
import type { Envelope } from '../src/contract/submission.ts';
import { tablesOf } from '../src/postgres/statement/tables.ts';
import type { QueueTables } from '../src/postgres/statement/tables.ts';
import pg from 'pg';
import type { Pool, PoolConfig } from 'pg';

/**
 * For queues on real stores: which store acknowledges is then a matter of what works, and not of how fast the machine is.
 * What a queue does when a store is silent is tested with a clock of the test's own.
 */
export const PATIENT = { deadlineMs: 60_000, hedgeMs: { min: 20_000, max: 20_000 } };

const RETENTION_MS = 30 * 24 * 60 * 60 * 1_000;

export interface Stack extends AsyncDisposable {
  readonly postgres: PostgresServer;
  readonly redis: RedisServer;
}

/** A real Redis and a real Postgres, for one test file. */
export async function startStores(): Promise<Stack> {
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  return {
    postgres,
    redis,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([postgres.stop(), redis.stop()]);
    },
  };
}

/** A database of its own with the queue's tables, so that tests of one server do not see each other's rows. */
export async function freshDatabase({ postgres }: Stack): Promise<string> {
  const url = await postgres.createDatabase();
  await migrate(url);
  return url;
}

/** A queue's tables in the schema that the migrations of a test make. */
export function tables(queue: string): QueueTables {
  return tablesOf(queue, DEFAULT_SCHEMA);
}

/** A pool of the test's own, whose connections may end with their server at any moment. */
export function openPool(config: PoolConfig): Pool {
  const pool = new pg.Pool(config);
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

/** A queue on fresh tables and under a fresh name, with what it reported. */
export async function openQueue(
  stack: Stack,
  options: Partial<QueueOptions> = {},
): Promise<{ queue: Queue; events: QueueEvent[]; url: string }> {
  const url = typeof options.postgres === 'string' ? options.postgres : await freshDatabase(stack);
  const events: QueueEvent[] = [];
  const queue = createQueue({
    name: `test-${newId().slice(-12)}`,
    redis: stack.redis.url,
    postgres: url,
    onEvent: (event) => events.push(event),
    ...(options.deadlineMs === undefined && PATIENT),
    ...options,
  });
  return { queue, events, url };
}

export function envelope(data: unknown = { hello: 'world' }, overrides: Partial<Envelope> = {}): Envelope {
  return {
    ...encode({ form: 'inbox', data }, { maxBytes: 1024 * 1024, retentionMs: RETENTION_MS }),
    ...overrides,
  };
}
