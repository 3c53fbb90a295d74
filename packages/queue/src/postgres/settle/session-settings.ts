import { sql } from 'drizzle-orm';
import type { PoolClient } from 'pg';
import { Statement } from '../statement/statement.ts';

/*
 * A handler may change settings of its transaction, as row level security asks for: `SET LOCAL ROLE`, `search_path`,
 * `statement_timeout`. The queue's statements after it need their own again, and so does the next user of the connection where the
 * handler said SET without LOCAL. The values from before the handler are the right ones, and not the server's defaults: the pool may be
 * the application's, with settings of its own.
 */

/** In the order in which they are restored: a session's user resets its role, and decides what else it may set. */
const NAMES = [
  'session_authorization',
  'role',
  'search_path',
  'row_security',
  'session_replication_role',
  'synchronous_commit',
  'statement_timeout',
  'lock_timeout',
  'idle_in_transaction_session_timeout',
  'transaction_timeout', // since Postgres 17
  'default_transaction_isolation',
  'default_transaction_read_only',
  'default_transaction_deferrable',
  'client_encoding',
  'DateStyle',
  'IntervalStyle',
  'TimeZone',
];

const names = sql.raw(`ARRAY[${NAMES.map((name) => `'${name}'`).join(', ')}]`);

const READ = new Statement<Readonly<Record<string, unknown>>, { settings: string }>('read_settings', [], () =>
  sql.raw(
    `SELECT ARRAY[${NAMES.map((name) => `pg_catalog.current_setting('${name}', true)`).join(', ')}]::text AS settings`,
  ),
);

/** Names of the catalog are qualified: the handler's search_path still holds. The commit is on disk, whatever it set. */
const RESTORE = new Statement<{ settings: string }, { restored: string }>(
  'restore_settings',
  ['settings'],
  (to) => sql`
    WITH restored AS MATERIALIZED (
      SELECT pg_catalog.set_config(s.name, s.was, false) AS value FROM ROWS FROM (pg_catalog.unnest(${names}), pg_catalog.unnest(${to.settings}::pg_catalog.text[])) AS s(name, was)
      WHERE pg_catalog.current_setting(s.name, true) OPERATOR(pg_catalog.<>) s.was)
    SELECT pg_catalog.count(value) AS restored, pg_catalog.set_config('synchronous_commit', 'on', true), pg_catalog.pg_advisory_unlock_all()
    FROM restored`,
);

/** The settings that hold now, as `restoreSettings` takes them: an array in Postgres' text form, which stays unread here. */
export async function readSettings(client: PoolClient): Promise<string> {
  const [row] = await READ.run(client, {});
  return row?.settings ?? '{}';
}

/** Restores what a handler has changed, for the rest of the transaction and of the session, and frees its advisory locks. */
export async function restoreSettings(client: PoolClient, settings: string): Promise<void> {
  await RESTORE.run(client, { settings }, true);
}
