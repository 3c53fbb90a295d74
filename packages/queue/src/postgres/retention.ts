import { sql } from 'drizzle-orm';
import type { Pool } from 'pg';
import type { QueueTables } from './statement/tables.ts';
import { MAX_AHEAD_MS } from '../contract/id.ts';
import { withConnection } from './connection/connection.ts';

const BATCH = 1_000;
/** At most this many batches a run, so that a first run over years of outcomes does not hold a connection for long. */
const MAX_BATCHES = 100;
const CALL_DEADLINE_MS = 30_000;

/**
 * Deletes outcomes past their retention, and never a dead one, which waits for an operator. Returns how many. An id may be ahead of
 * this clock, and is accepted until it is too old itself: its outcome must be kept longer than that.
 */
export async function deleteOldOutcomes(
  pool: Pool,
  queue: QueueTables,
  retentionMs: number,
): Promise<number> {
  let deleted = 0;
  for (const status of ['done', 'discarded']) {
    for (let batch = 0; batch < MAX_BATCHES; batch += 1) {
      const { rowCount } = await withConnection(pool, CALL_DEADLINE_MS, (db) =>
        db.execute(sql`
          DELETE FROM ${queue.outcomes} WHERE queue = ${queue.name} AND id IN (
            SELECT id FROM ${queue.outcomes}
            WHERE queue = ${queue.name} AND status = ${status} AND settled_at < now() - ${retentionMs + MAX_AHEAD_MS} * interval '1 ms'
            ORDER BY settled_at LIMIT ${BATCH})`),
      );
      deleted += rowCount ?? 0;
      if ((rowCount ?? 0) < BATCH) break;
    }
  }
  return deleted;
}
