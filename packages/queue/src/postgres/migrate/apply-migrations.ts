import { DrizzleQueryError, sql } from 'drizzle-orm';
import type { Pool } from 'pg';
import type { Executor } from '../../contract/transaction.ts';
import { inTransaction, openPool } from '../connection/connection.ts';
import { isTransient } from '../connection/failures.ts';

const MIGRATE_DEADLINE_MS = 60_000;
/** Longer than for submissions, which have another store: at its start a process is still loading, and so may Postgres be, in ms. */
const CONNECT_TIMEOUT_MS = 10_000;
/**
 * How long a migration waits for a table's lock, in ms: twice as long at each try. Every statement of the queue waits behind it, and
 * a submission must not wait for longer than its deadline.
 */
const LOCK_WAIT_MS = { first: 100, max: 500 };
/** What waited behind a try that failed runs before the next one, in ms. */
const PAUSE_MS = 250;

export interface Migration {
  readonly name: string;
  readonly statements: readonly string[];
}

export interface MigrationPlan {
  /** The table that notes which migrations have run. */
  readonly table: string;
  readonly migrations: readonly Migration[];
  /** The number of its lock among the advisory locks of the database. */
  readonly lockKey: bigint;
  /** Runs first, under the lock, and returns the schema that unqualified names mean. */
  readonly prepare: (tx: Executor) => Promise<string>;
}

/**
 * Runs the migrations that have not run: all or nothing, in one transaction under a lock, so that many processes may call it at
 * once. Gives way to other transactions that hold the tables, and tries again. Rejects with Postgres' own error.
 */
export async function applyMigrations(postgres: string | Pool, plan: MigrationPlan): Promise<void> {
  const { pool, close } = openPool(postgres, {
    max: 1,
    name: 'spillway migrate',
    onError: ignoreIdleError,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
  });
  const startedMs = performance.now();
  const leftMs = () => MIGRATE_DEADLINE_MS - (performance.now() - startedMs);
  try {
    for (let lockMs = LOCK_WAIT_MS.first; ; lockMs = Math.min(2 * lockMs, LOCK_WAIT_MS.max)) {
      try {
        return await inTransaction(pool, leftMs(), (tx) => applyPending(tx, plan, lockMs));
      } catch (error) {
        if (!isTransient(error) || leftMs() < PAUSE_MS)
          throw error instanceof DrizzleQueryError ? (error.cause ?? error) : error;
      }
      await new Promise((resolve) => setTimeout(resolve, Math.min(PAUSE_MS, leftMs())));
    }
  } finally {
    await close();
  }
}

/** The pool lives for one call, which reports its own errors. */
function ignoreIdleError(): void {}

async function applyPending(
  tx: Executor,
  { table, migrations, lockKey, prepare }: MigrationPlan,
  lockMs: number,
): Promise<void> {
  // This lock ends with the transaction, so that it works behind a pooler in transaction mode. Another migration may take its time.
  await tx.execute(sql`SELECT pg_advisory_xact_lock(${lockKey.toString()})`);
  await tx.execute(sql`SELECT set_config('lock_timeout', ${`${lockMs}ms`}, true)`);
  const schema = await prepare(tx);
  await tx.execute(sql`SELECT set_config('search_path', quote_ident(${schema}), true)`);
  const noted = sql.identifier(table);
  const { rows: present } = await tx.execute<{ found: boolean }>(
    sql`SELECT to_regclass(${table}) IS NOT NULL AS found`,
  );
  // Checked first: CREATE TABLE IF NOT EXISTS needs the right to create, even if the table exists.
  if (!present[0]?.found) {
    await tx.execute(sql`
      CREATE TABLE ${noted} (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())`);
  }
  const { rows } = await tx.execute<{ name: string }>(sql`SELECT name FROM ${noted}`);
  const applied = new Set(rows.map((row) => row.name));
  for (const { name, statements } of migrations) {
    if (applied.has(name)) continue;
    for (const statement of statements) await tx.execute(sql.raw(statement));
    await tx.execute(sql`INSERT INTO ${noted} (name) VALUES (${name})`);
  }
}
