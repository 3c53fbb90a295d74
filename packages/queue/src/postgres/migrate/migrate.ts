import { createHash } from 'node:crypto';
import { sql } from 'drizzle-orm';
import type { Pool } from 'pg';
import { inTransaction, openPool } from '../connection/connection.ts';
import { checkPostgres } from '../../contract/store-target.ts';
import type { Executor } from '../../contract/transaction.ts';
import { migrations } from './migrations.ts';

const MIGRATE_DEADLINE_MS = 60_000;
/** Longer than for submissions, which have another store: at its start a process is still loading, and so may Postgres be, in ms. */
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Creates or updates the queue's tables: all or nothing, in one transaction under a lock, so that many processes may call it at
 * once. Rejects with Postgres' own error; call it again when Postgres is there.
 */
export async function migrate(postgres: string | Pool): Promise<void> {
  checkPostgres(postgres);
  const { pool, close } = openPool(postgres, 1, 'spillway migrate', ignoreIdleError, CONNECT_TIMEOUT_MS);
  try {
    await inTransaction(pool, MIGRATE_DEADLINE_MS, applyPending);
  } finally {
    await close();
  }
}

/** The pool lives for one call, which reports its own errors. */
function ignoreIdleError(): void {}

async function applyPending(tx: Executor): Promise<void> {
  // This lock ends with the transaction, so that it works behind a pooler in transaction mode.
  await tx.execute(sql`SELECT pg_advisory_xact_lock(${lockKey()})`);
  const { rows: present } = await tx.execute<{ found: boolean }>(
    sql`SELECT to_regclass('spillway_migrations') IS NOT NULL AS found`,
  );
  // Checked first: CREATE TABLE IF NOT EXISTS needs the right to create, even if the table exists.
  if (!present[0]?.found) {
    await tx.execute(sql`
      CREATE TABLE spillway_migrations (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())`);
  }
  const { rows } = await tx.execute<{ name: string }>(sql`SELECT name FROM spillway_migrations`);
  const applied = new Set(rows.map((row) => row.name));
  for (const { name, statements } of migrations) {
    if (applied.has(name)) continue;
    for (const statement of statements) await tx.execute(sql.raw(statement));
    await tx.execute(sql`INSERT INTO spillway_migrations (name) VALUES (${name})`);
  }
}

/** The queue's own 63-bit number among the advisory locks of the database. */
function lockKey(): string {
  return (
    createHash('sha256').update('spillway queue migrations').digest().readBigInt64BE() >> 1n
  ).toString();
}
