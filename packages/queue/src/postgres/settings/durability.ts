import { sql } from 'drizzle-orm';
import type { Pool } from 'pg';
import type { Audit } from '../../contract/durability.ts';
import { withConnection } from '../connection/connection.ts';

const AUDIT_DEADLINE_MS = 1_000;

/** Reads what this Postgres keeps when it crashes. Rejects where it cannot be asked. */
export async function auditPostgres(pool: Pool): Promise<Audit> {
  const { rows } = await withConnection(pool, AUDIT_DEADLINE_MS, (db) =>
    db.execute<{ fsync: string; full_page_writes: string; synchronous_commit: string }>(sql`
      SELECT current_setting('fsync') AS fsync, current_setting('full_page_writes') AS full_page_writes,
        current_setting('synchronous_commit') AS synchronous_commit`),
  );
  const settings = rows[0];
  if (settings?.fsync !== 'on' || settings.full_page_writes !== 'on') {
    return {
      keeps: 'memory',
      durability: 'a crash of the machine may destroy what Postgres holds: fsync or full_page_writes is off',
    };
  }
  if (settings.synchronous_commit === 'off') {
    return {
      keeps: 'second',
      durability: 'a crash of Postgres would lose the last moments: synchronous_commit is off',
    };
  }
  return {
    keeps: 'disk',
    durability: 'a crash loses nothing acknowledged: every commit is on disk before it is answered',
  };
}
