import { sql } from 'drizzle-orm';
import type { PoolClient } from 'pg';
import { Statement } from '../statement/statement.ts';
import type { StatementValues } from '../statement/statement.ts';
import type { QueueTables } from '../statement/tables.ts';

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

const NAMES_ARRAY = `ARRAY[${NAMES.map((name) => `'${name}'`).join(', ')}]`;
const SEPARATOR = `E'\\x01'`;
const CURRENT = `pg_catalog.concat_ws(${SEPARATOR}, ${NAMES.map(
  (name) => `coalesce(pg_catalog.current_setting('${name}', true), '')`,
).join(', ')})`;
const KEPT = `pg_catalog.current_setting('spillway.before', true)`;

/** Keeps the settings that hold now, for as long as the transaction. */
export const KEEP_SETTINGS = sql.raw(`pg_catalog.set_config('spillway.before', ${CURRENT}, true)`);

/** Names of the catalog are qualified: the handler's search_path still holds. The commit is on disk, whatever it set. */
const RESTORE = new Statement<StatementValues, never>('restore_settings', [], () =>
  sql.raw(`
    SELECT CASE WHEN ${CURRENT} OPERATOR(pg_catalog.<>) ${KEPT} THEN (
      SELECT pg_catalog.count(pg_catalog.set_config(s.name, s.was, false))
      FROM ROWS FROM (pg_catalog.unnest(${NAMES_ARRAY}), pg_catalog.unnest(pg_catalog.string_to_array(${KEPT}, ${SEPARATOR}))) AS s(name, was)
      WHERE pg_catalog.current_setting(s.name, true) OPERATOR(pg_catalog.<>) s.was) END,
      pg_catalog.set_config('synchronous_commit', 'on', true), pg_catalog.pg_advisory_unlock_all()`),
);

/** Restores what a handler has changed, for the rest of the transaction and of the session, and frees its advisory locks. */
export async function restoreSettings(client: PoolClient, queue: QueueTables): Promise<void> {
  await RESTORE.run(client, { queue }, true);
}
