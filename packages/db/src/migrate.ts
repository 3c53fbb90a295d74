import { Client, Pool } from 'pg';
import type { ClientBase } from 'pg';
import { migrations } from './migrations.ts';

const SECOND_MS = 1000;
/** The number of the advisory lock; no other code locks it in this database. */
const LOCK_KEY = 7_745_529_126_001n;

/**
 * Brings the application's tables up to date. Safe to call from many processes at once: they take turns, and
 * all but the first find nothing to do. All of it happens or nothing. Rejects with Postgres' own error.
 */
export async function migrate(postgres: string | Pool): Promise<void> {
  if (typeof postgres === 'string') {
    const client = new Client({ connectionString: postgres, connectionTimeoutMillis: 5 * SECOND_MS });
    client.on('error', unheard);
    await client.connect();
    try {
      return await applyPending(client);
    } finally {
      await client.end();
    }
  }
  const client = await postgres.connect();
  client.on('error', unheard);
  let failed = true;
  try {
    await applyPending(client);
    failed = false;
  } finally {
    client.off('error', unheard);
    // A connection that failed within a transaction is thrown away with it.
    client.release(failed);
  }
}

/** A lost connection also rejects the query in flight; without a listener the event would end the process. */
function unheard(): void {}

async function applyPending(client: ClientBase): Promise<void> {
  await client.query('begin');
  // Released by the transaction's end, so that it works behind a pooler in transaction mode too.
  await client.query('select pg_advisory_xact_lock($1)', [LOCK_KEY.toString()]);
  const applied = await readApplied(client);
  for (const { name, statements } of migrations) {
    if (applied.has(name)) continue;
    for (const statement of statements) await client.query(statement);
    await client.query('insert into app_migrations (name) values ($1)', [name]);
  }
  await client.query('commit');
}

async function readApplied(client: ClientBase): Promise<Set<string>> {
  // Asked first: `create table if not exists` needs the right to create even where nothing is to be created.
  const found = await client.query<{ table: string | null }>(
    `select to_regclass('app_migrations')::text as table`,
  );
  if (found.rows[0]?.table == null) {
    await client.query(
      'create table app_migrations (name text primary key, applied_at timestamptz not null default now())',
    );
    return new Set();
  }
  const applied = await client.query<{ name: string }>('select name from app_migrations');
  return new Set(applied.rows.map((row) => row.name));
}
