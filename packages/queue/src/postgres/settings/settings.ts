import { sql } from 'drizzle-orm';
import type { Pool } from 'pg';
import type { StoreDurability } from '../../contract/durability.ts';
import { checkSettings, durabilityOf } from '../../contract/setting-check.ts';
import type { SettingCheck } from '../../contract/setting-check.ts';
import { withConnection } from '../connection/connection.ts';
import type { QueueTables } from '../statement/tables.ts';
import { POSTGRES_RULES } from './rules.ts';
import type { PostgresFacts } from './rules.ts';
import { SOUND, WRITE_RULES } from './write-rules.ts';
import type { WriteFacts } from './write-rules.ts';

const DEADLINE_MS = 2_000;
/** No call of the queue waits for longer, in s; only a handler's own statements do. */
const LONG_WAIT_S = 15;
const DURABILITY_DEADLINE_MS = 1_000;

/** Checks this Postgres. `connections`: how many one process of ours may open. Rejects if it cannot be reached. */
export async function checkPostgres(
  pool: Pool,
  tables: QueueTables,
  connections: number,
): Promise<SettingCheck[]> {
  return checkSettings('postgres', POSTGRES_RULES, { ...(await readFacts(pool, tables)), ours: connections });
}

/** What this Postgres keeps when it crashes. Rejects if it cannot be reached. */
export async function readPostgresDurability(pool: Pool): Promise<StoreDurability> {
  const { rows } = await withConnection(pool, DURABILITY_DEADLINE_MS, (db) =>
    db.execute<WriteFacts>(sql`
      SELECT current_setting('fsync') AS fsync, current_setting('full_page_writes') AS full_page_writes,
        current_setting('synchronous_commit') AS synchronous_commit`),
  );
  const [facts] = rows;
  if (facts === undefined) throw new Error('Postgres returned no settings.');
  return durabilityOf(WRITE_RULES, facts, SOUND);
}

/**
 * In one statement. A plain role sees that other roles' sessions exist, and not what they do: those columns are null, and the rules
 * skip them.
 */
async function readFacts(pool: Pool, { schema }: QueueTables): Promise<PostgresFacts> {
  const { rows } = await withConnection(pool, DEADLINE_MS, (db) =>
    db.execute<PostgresFacts>(sql`
      SELECT current_setting('server_version') AS version,
        current_setting('server_version_num')::int AS version_number,
        pg_is_in_recovery() AS standby,
        current_setting('transaction_read_only') AS read_only,
        (SELECT count(*) = 2 FROM pg_tables WHERE schemaname = ${schema}
          AND tablename IN ('fallback_submissions', 'submission_outcomes')) AS migrated,
        current_setting('fsync') AS fsync,
        current_setting('full_page_writes') AS full_page_writes,
        current_setting('synchronous_commit') AS synchronous_commit,
        current_setting('synchronous_standby_names') AS synchronous_standby_names,
        (SELECT count(*)::int FROM pg_stat_replication) AS standbys,
        (SELECT count(*)::int FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum')) AS synchronous_standbys,
        (SELECT count(*)::int FROM pg_stat_replication WHERE sync_state IS NULL) AS hidden_standbys,
        current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
          - coalesce(current_setting('reserved_connections', true)::int, 0) AS max_connections,
        (SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'client backend') AS connections,
        current_setting('autovacuum') AS autovacuum,
        current_setting('track_counts') AS track_counts,
        (SELECT setting::int FROM pg_settings WHERE name = 'statement_timeout') AS statement_timeout_ms,
        coalesce((SELECT setting::int FROM pg_settings WHERE name = 'transaction_timeout'), 0) AS transaction_timeout_ms,
        (SELECT setting::int FROM pg_settings WHERE name = 'idle_in_transaction_session_timeout') AS idle_in_transaction_session_timeout_ms,
        (SELECT extract(epoch FROM max(now() - xact_start))::float8 FROM pg_stat_activity
          WHERE backend_type = 'client backend' AND datname = current_database()) AS oldest_transaction_s,
        (SELECT count(*)::int FROM pg_prepared_xacts WHERE database = current_database()) AS prepared,
        (SELECT extract(epoch FROM max(now() - prepared))::float8 FROM pg_prepared_xacts
          WHERE database = current_database()) AS oldest_prepared_s,
        (SELECT count(*)::int FROM pg_stat_activity WHERE application_name LIKE 'spillway %' AND state = 'active'
          AND (wait_event_type = 'Lock' OR wait_event = 'SyncRep')
          AND query_start < now() - ${LONG_WAIT_S} * interval '1 s') AS stuck,
        (SELECT string_agg(slot_name, ', ') FROM pg_replication_slots
          WHERE NOT active AND wal_status <> 'lost') AS idle_slots,
        (SELECT string_agg(slot_name, ', ') FROM pg_replication_slots WHERE wal_status = 'lost') AS lost_slots,
        (SELECT setting::int FROM pg_settings WHERE name = 'max_slot_wal_keep_size') AS slot_limit_mb`),
  );
  const [facts] = rows;
  if (facts === undefined) throw new Error('Postgres returned no settings.');
  return facts;
}
