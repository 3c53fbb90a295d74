import { Duplex } from 'node:stream';
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import type { Pool, PoolClient } from 'pg';
import { DeadlineError } from '../deadline.ts';
import { toError } from '../error-text.ts';
import type { PoolStats } from '../views.ts';

export type Database = NodePgDatabase;
/** Drizzle's own transaction: one that is begun inside it is a savepoint. */
export type Transaction = Parameters<Parameters<Database['transaction']>[0]>[0];
/** Whatever runs a statement. */
export type Executor = Pick<Database, 'execute'>;

/** How long to wait for a connection, in ms: a Postgres that cannot even accept is treated as away. */
const CONNECT_TIMEOUT_MS = 1_000;
const IDLE_TIMEOUT_MS = 30_000;
const BEGIN_IN_INDEX_ORDER = [
  'BEGIN ISOLATION LEVEL READ COMMITTED',
  ...['bitmapscan', 'seqscan', 'sort', 'hashjoin', 'mergejoin'].map(
    (plan) => `SET LOCAL enable_${plan} = off`,
  ),
].join('; ');
/** A handler's own statements have no deadline of ours: a connection that is half open must be noticed below, ms. */
const KEEP_ALIVE_AFTER_MS = 10_000;

/** Opens a pool for a URL; a pool of the caller's is used as it is. `close` leaves it as it was found. */
export function openPool(
  target: string | Pool,
  max: number,
  name: string,
  onError: (error: Error) => void,
): OpenPool {
  const given = typeof target !== 'string';
  const pool = given
    ? target
    : new pg.Pool({
        connectionString: target,
        max,
        // A statement may leave before the last one is answered (`settling.ts`); on other pools it waits in the client.
        pipeline: true,
        application_name: name,
        connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
        idleTimeoutMillis: IDLE_TIMEOUT_MS,
        keepAlive: true,
        keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
      });
  // A connection that breaks emits an error, idle ones through the pool; without a listener that ends the process. The
  // end may even come in one packet with the connection's first greeting, before whoever asked for it can listen.
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

export interface OpenPool {
  readonly pool: Pool;
  readonly close: () => Promise<void>;
}

/** How much of a pool is in use. */
export function statsOf({ totalCount, idleCount, waitingCount, options }: Pool): PoolStats {
  return { busy: totalCount - idleCount, idle: idleCount, waiting: waitingCount, max: options.max };
}

/** Ends a connection's work when time is up. Stopped while a handler runs, whose time is its own. */
export interface Deadline {
  /** The connection's work has ended, or been given up: what is still on its way is nobody's. */
  readonly over: boolean;
  start(ms: number): void;
  stop(): void;
}

/**
 * Runs `work` on one connection and settles by the deadline, whatever the server does. On a deadline or a broken
 * connection the connection is destroyed: its statement may still be running, and its reply belongs to nobody.
 */
export async function withConnection<T>(
  pool: Pool,
  deadlineMs: number,
  work: (db: Database, client: PoolClient, deadline: Deadline) => Promise<T>,
): Promise<T> {
  const startedMs = performance.now();
  const client = await connectWithin(pool, deadlineMs);
  const { promise: failure, reject } = Promise.withResolvers<never>();
  let broken: Error | undefined;
  const breakOff = (error: Error) => {
    broken ??= error;
    reject(error);
  };
  client.on('error', breakOff);
  let timer: NodeJS.Timeout | undefined;
  let ended = false;
  const deadline: Deadline = {
    get over() {
      return ended || broken !== undefined;
    },
    start: (ms) => {
      clearTimeout(timer);
      if (!ended) timer = setTimeout(() => breakOff(new DeadlineError(deadlineMs)), ms);
    },
    stop: () => clearTimeout(timer),
  };
  deadline.start(Math.max(1, deadlineMs - (performance.now() - startedMs)));
  try {
    return await Promise.race([work(databaseOf(client), client, deadline), failure]);
  } catch (error) {
    if (sqlState(error) === undefined || isStoreFailure(error, true)) broken ??= toError(error);
    throw error;
  } finally {
    ended = true;
    deadline.stop();
    client.off('error', breakOff);
    if (broken) cutOff(client);
    client.release(broken);
  }
}

/** Ends the connection now. pg itself lets a pipelined one finish what it has sent, which may be what hangs. */
function cutOff(client: PoolClient): void {
  const connection: unknown = Reflect.get(client, 'connection');
  const stream: unknown = connection instanceof Object ? Reflect.get(connection, 'stream') : undefined;
  if (stream instanceof Duplex) stream.destroy();
}

const databases = new WeakMap<PoolClient, Database>();

/** Drizzle on a connection of the pool, made once for each. */
function databaseOf(client: PoolClient): Database {
  const database = databases.get(client) ?? drizzle(client);
  databases.set(client, database);
  return database;
}

/** Whoever uses the connection learns of its end by its own listener, or by the query that fails. */
function ignoreLateError(): void {}

/**
 * `BEGIN` to `COMMIT` around `work`, pinned to READ COMMITTED: the unique outcome makes a second settler wait for the first,
 * and then see it. Not pinned to writing: whoever made Postgres read-only meant it, and a standby would answer with an
 * error that is not known for the store's.
 */
export async function inTransaction<T>(
  pool: Pool,
  deadlineMs: number,
  work: (tx: Transaction, client: PoolClient, deadline: Deadline) => Promise<T>,
): Promise<T> {
  return withConnection(pool, deadlineMs, (db, client, deadline) =>
    db.transaction((tx) => work(tx, client, deadline), { isolationLevel: 'read committed' }),
  );
}

/**
 * Runs statements that read a table in the order of an index, to its first few rows. Left alone, Postgres sorts all that
 * waits as soon as its statistics are out of date, which a queue's always are: 30 ms instead of 3 at 20,000 rows.
 * `alsoSet`: further settings of the transaction, each after a semicolon.
 */
export function inIndexOrder<T>(
  pool: Pool,
  deadlineMs: number,
  work: (db: Database, client: PoolClient) => Promise<T>,
  alsoSet = '',
): Promise<T> {
  return withConnection(pool, deadlineMs, async (db, client) => {
    // Not waited for: its statement travels along. Where this fails, it only runs as it is planned.
    const begun = client.query(BEGIN_IN_INDEX_ORDER + alsoSet);
    try {
      const [, result] = await Promise.all([begun, work(db, client)]);
      await client.query('COMMIT');
      return result;
    } catch (error) {
      // Where this fails too, the connection is broken, and the first error says why.
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

async function connectWithin(pool: Pool, deadlineMs: number): Promise<PoolClient> {
  let late = false;
  const connecting = pool.connect();
  const timer = new Promise<never>((_, reject) => {
    const handle = setTimeout(() => {
      late = true;
      reject(new DeadlineError(deadlineMs));
    }, deadlineMs);
    connecting.finally(() => clearTimeout(handle)).catch(() => {});
  });
  connecting.then(
    (client) => {
      if (late) client.release();
    },
    () => {},
  );
  return Promise.race([connecting, timer]);
}

/** The SQLSTATE behind an error, through Drizzle's wrapping, or `undefined` where the server never answered. */
export function sqlState(error: unknown): string | undefined {
  for (
    let depth = 0, current = error;
    depth < 5 && current instanceof Error;
    depth += 1, current = current.cause
  ) {
    if (isFromServer(current)) return current.code;
  }
  return undefined;
}

/** By its looks: a pool of the caller's may be another copy of pg than ours, with a class of its own. */
function isFromServer(error: Error): error is Error & { readonly code: string } {
  return 'severity' in error && 'code' in error && typeof error.code === 'string';
}

/**
 * Whether a failed write certainly did not happen: the server said so, or it was never reached.
 * A connection that broke in between leaves it open.
 */
export function wasRefused(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== undefined) return !OPEN_STATES.test(state);
  return isConnectFailure(error);
}

/** Connection lost, server crashing, outcome unknown: these may come after a commit. */
const OPEN_STATES = /^(08|57P0[12]|40003)/;

/** The connection was never made, so nothing was sent. */
function isConnectFailure(error: unknown): boolean {
  for (
    let depth = 0, current = error;
    depth < 5 && current instanceof Error;
    depth += 1, current = current.cause
  ) {
    const code: unknown = Reflect.get(current, 'code');
    if (code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'EAI_AGAIN' || code === 'EHOSTUNREACH')
      return true;
    if (current.message.includes('timeout exceeded when trying to connect')) return true;
  }
  return false;
}

/** SQLSTATE classes and codes that speak of the store, not of what was written: documented in PostgreSQL, appendix A. */
const STORE_STATES = [
  /^08/, // connection exception
  /^53/, // out of disk, memory or connections
  /^57P/, // shutting down, crashed, starting up
  /^58/, // I/O errors
  /^25006$/, // read-only, as after a failover
  /^25P03$/, // idle in transaction for too long
  /^40001$|^40P01$/, // serialization failure, deadlock: the same again succeeds
  /^55P03$/, // a lock could not be had in time
  /^26000$|^42P05$/, // a pooler mixes up our prepared statements: the next run goes without (`statement.ts`)
  /^28|^3D000$/, // credentials or database are wrong: an operator's doing, not a submission's
];

/**
 * Whether a failure is the store's rather than the submission's, so that it must burn no attempt.
 * `fromHandler`: thrown by a handler, where only what Postgres itself reported counts - a handler's own network
 * errors are its own.
 */
export function isStoreFailure(error: unknown, fromHandler: boolean): boolean {
  const state = sqlState(error);
  if (state !== undefined) return STORE_STATES.some((pattern) => pattern.test(state));
  if (!fromHandler) return true;
  return isBrokenConnection(error);
}

/** Rolled back by a rival transaction, or over a name: the same again succeeds. */
export function isTransient(error: unknown): boolean {
  return ['40001', '40P01', '55P03', '26000', '42P05'].includes(sqlState(error) ?? '');
}

/** pg reports these without a code (brianc/node-postgres#3399); only its own client says them. */
function isBrokenConnection(error: unknown): boolean {
  for (
    let depth = 0, current = error;
    depth < 5 && current instanceof Error;
    depth += 1, current = current.cause
  ) {
    if (current instanceof DeadlineError) return true;
    if (
      /^(Connection terminated|Client has encountered a connection error|Query read timeout|Client was closed)/.test(
        current.message,
      )
    )
      return true;
  }
  return false;
}
