import { sql } from 'drizzle-orm';
import type { Pool } from 'pg';
import type { QueueTables } from '../statement/tables.ts';
import { withConnection } from '../connection/connection.ts';

/**
 * A real write, always of the same row, under a name that no queue can have. The parts without rows need the tables and rights of a
 * settlement, and wait where a table is locked.
 */
export async function probeSettling(pool: Pool, queue: QueueTables, deadlineMs: number): Promise<void> {
  await withConnection(pool, deadlineMs, (db) =>
    db.execute(sql`
      WITH settled AS (
        INSERT INTO ${queue.outcomes} AS o (queue, id, form, status, attempts, generation, digest, received_at)
        SELECT '', '00000000-0000-7000-8000-000000000000'::uuid, '', 'done', 0, 0, '', now() WHERE false
        ON CONFLICT (queue, id) DO UPDATE SET status = excluded.status WHERE false
      ), cleared AS (DELETE FROM ${queue.fallback} WHERE false)
      INSERT INTO ${queue.fallback} (queue, id, form, data, digest, created_at, run_at)
      VALUES ('$probe', '00000000-0000-7000-8000-000000000000', '', '', '', now(), 'infinity')
      ON CONFLICT (queue, id) DO UPDATE SET created_at = now()`),
  );
}
