import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import type { Pool, PoolClient } from 'pg';
import { DeadlineError } from '../../util/deadline.ts';
import type { PoolStats } from '../../contract/stats.ts';
import { AbandonedStatements } from './abandoned.ts';
import { checkDrizzle } from './drizzle-version.ts';
import { HeldConnection } from './held-connection.ts';
import { withOwnTypes } from './own-types.ts';
import { rememberPlainUrl, withServerOptions } from './server-options.ts';

export type Database = NodePgDatabase;

/** How long to wait for a connection, in ms: a Postgres that does not accept connections counts as down. */
const CONNECT_TIMEOUT_MS = 1_000;
const LOCK_WAIT_SHARE = 0.75;
const IDLE_TIMEOUT_MS = 30_000;
const BEGIN_IN_INDEX_ORDER = [
  'BEGIN ISOLATION LEVEL READ COMMITTED',
  ...['bitmapscan', 'seqscan', 'sort', 'hashjoin', 'mergejoin'].map(
    (plan) => `SET LOCAL enable_${plan} = off`,
  ),
].join('; ');
/** A handler's own statements have no deadline of the queue. TCP must notice a connection that is half open, ms. */
const KEEP_ALIVE_AFTER_MS = 10_000;

/** Opens a pool for a URL. A caller's pool is used as it is, and `close` only removes the listeners. */
export function openPool(
  target: string | Pool,
  { max, name, onError, connectTimeoutMs = CONNECT_TIMEOUT_MS, lockTimeoutMs }: PoolSettings,
): OpenPool {
  checkDrizzle();
  const given = typeof target !== 'string';
  const pool = given
    ? target
    : new pg.Pool({
        connectionString: withServerOptions(target, lockTimeoutMs),
        max,
        // A statement may be sent before the last one is answered (`settle/transaction.ts`); in other pools it waits in the client.
        pipeline: true,
        application_name: name,
        connectionTimeoutMillis: connectTimeoutMs,
        idleTimeoutMillis: IDLE_TIMEOUT_MS,
        keepAlive: true,
        keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
      });
  if (!given) rememberPlainUrl(pool, target);
  // A connection that breaks emits an error, idle ones through the pool; without a listener that ends the process. The end may
  // arrive in one packet with the server's first message, before the caller can listen.
  const listen = (client: PoolClient) => client.on('error', ignoreLateError);
  pool.on('error', onError);
  pool.on('connect', listen);
  const close = async () => {
    if (!given) return pool.end();
    pool.off('error', onError);
    pool.off('connect', listen);
  };
  return { pool, close };
}

export interface PoolSettings {
  readonly max: number;
  readonly name: string;
  readonly onError: (error: Error) => void;
  readonly connectTimeoutMs?: number;
  /** How long its statements wait for a lock. Only for pools that no handler uses. */
  readonly lockTimeoutMs?: number;
}

export interface OpenPool {
  readonly pool: Pool;
  readonly close: () => Promise<void>;
}

/** Waiting for a lock ends before the deadline, so that Postgres says what happened: nothing. */
export function lockWaitMs(deadlineMs: number): number {
  return Math.max(1, Math.round(deadlineMs * LOCK_WAIT_SHARE));
}

/** How much of a pool is in use. */
export function statsOf(pool: Pool): PoolStats {
  const { totalCount, idleCount, waitingCount, options } = pool;
  return {
    busy: totalCount - idleCount,
    idle: idleCount,
    waiting: waitingCount,
    max: options.max,
    abandoned: AbandonedStatements.of(pool).count,
  };
}

/** What work says about the connection that it has. Its time is limited, but not while a handler runs, which has a limit of its own. */
export interface Hold {
  /** The work has ended or was abandoned: replies that are still on their way are ignored. */
  readonly over: boolean;
  startDeadline(ms: number): void;
  stopDeadline(): void;
  /** The connection is closed after this work, and not returned to its pool. */
  retire(): void;
  /** Destroys the connection, and so rolls back what it has not committed. */
  breakOff(error: Error): void;
}

/** Runs `work` on one connection and settles by the deadline, whatever the server does. */
export async function withConnection<T>(
  pool: Pool,
  deadlineMs: number,
  work: (db: Database, client: PoolClient, hold: Hold) => Promise<T>,
): Promise<T> {
  const startedMs = performance.now();
  const held = await HeldConnection.acquire(pool, deadlineMs);
  let timer: NodeJS.Timeout | undefined;
  let ended = false;
  const hold: Hold = {
    get over() {
      return ended || held.broken;
    },
    startDeadline: (ms) => {
      clearTimeout(timer);
      if (!ended) timer = setTimeout(() => held.breakOff(new DeadlineError(deadlineMs)), ms);
    },
    stopDeadline: () => clearTimeout(timer),
    retire: () => held.retire(),
    breakOff: (error) => held.breakOff(error),
  };
  hold.startDeadline(Math.max(1, deadlineMs - (performance.now() - startedMs)));
  try {
    return await held.run((client) => work(databaseOf(client), client, hold));
  } finally {
    ended = true;
    hold.stopDeadline();
    held.release();
  }
}

const databases = new WeakMap<PoolClient, Database>();

/** Drizzle on a connection, for statements of the queue's own, created once for each. */
export function databaseOf(client: PoolClient): Database {
  const database = databases.get(client) ?? drizzle(withOwnTypes(client));
  databases.set(client, database);
  return database;
}

/** The user of the connection has a listener of its own, or learns of the end by the query that fails. */
function ignoreLateError(): void {}

/**
 * `BEGIN` to `COMMIT` around `work`, in READ COMMITTED: the unique outcome makes a second settler wait for the first, and then see
 * it. READ WRITE is not set: an administrator may have made Postgres read-only, and a standby would answer with an error that does
 * not count as the store's.
 */
export async function inTransaction<T>(
  pool: Pool,
  deadlineMs: number,
  work: (db: Database, client: PoolClient, hold: Hold) => Promise<T>,
): Promise<T> {
  return withConnection(pool, deadlineMs, async (db, client, hold) => {
    try {
      await client.query('BEGIN ISOLATION LEVEL READ COMMITTED');
      const result = await work(db, client, hold);
      await commit(client);
      return result;
    } catch (error) {
      hold.retire();
      // If this fails too, the connection is broken, and the first error says why.
      await client.query('ROLLBACK').catch(ignoreLateError);
      throw error;
    }
  });
}

/** Rejects where Postgres rolls back instead, since a statement has failed. */
export async function commit(client: PoolClient): Promise<void> {
  const { command } = await client.query('COMMIT');
  if (command !== 'COMMIT') throw new Error(`COMMIT was answered by ${command}`);
}

/**
 * Runs statements that read a table in the order of an index, to its first few rows. By itself, Postgres sorts all waiting rows as
 * soon as its statistics are out of date, which a queue's always are: 30 ms instead of 3 at 20,000 rows. `alsoSet`: further
 * settings of the transaction, each after a semicolon.
 */
export function inIndexOrder<T>(
  pool: Pool,
  deadlineMs: number,
  work: (db: Database, client: PoolClient) => Promise<T>,
  alsoSet = '',
): Promise<T> {
  return withSettings(pool, deadlineMs, BEGIN_IN_INDEX_ORDER + alsoSet, work);
}

/** Runs statements whose commit does not wait for the disk: if Postgres crashes within the next second, they may be lost. */
export function withoutDiskWait<T>(
  pool: Pool,
  deadlineMs: number,
  work: (db: Database, client: PoolClient) => Promise<T>,
): Promise<T> {
  return withSettings(pool, deadlineMs, 'BEGIN; SET LOCAL synchronous_commit = off', work);
}

function withSettings<T>(
  pool: Pool,
  deadlineMs: number,
  begin: string,
  work: (db: Database, client: PoolClient) => Promise<T>,
): Promise<T> {
  return withConnection(pool, deadlineMs, async (db, client) => {
    // Not awaited: the next statement is sent with it. If this fails, that one runs with the default settings.
    const begun = client.query(`${begin}; SET LOCAL lock_timeout = ${lockWaitMs(deadlineMs)}`);
    try {
      const [, result] = await Promise.all([begun, work(db, client)]);
      await client.query('COMMIT');
      return result;
    } catch (error) {
      // If this fails too, the connection is broken, and the first error says why.
      await client.query('ROLLBACK').catch(ignoreLateError);
      throw error;
    }
  });
}

/** Postgres' clock, ms since 1970. */
export async function serverTimeMs(pool: Pool, deadlineMs: number): Promise<number> {
  const { rows } = await withConnection(pool, deadlineMs, (db) =>
    db.execute<{ now_ms: number }>(sql`SELECT extract(epoch FROM now())::float8 * 1000 AS now_ms`),
  );
  return rows[0]?.now_ms ?? Date.now();
}
