import { sql } from 'drizzle-orm';
import type { Pool } from 'pg';
import { inTransaction } from './connection.ts';

/* An operator's decisions about dead submissions: one transaction each, and only for those that are still dead. */

const CALL_DEADLINE_MS = 10_000;

/**
 * Dead submissions wait again, under a new generation: whatever an older copy still does changes nothing.
 * Returns the ids that were dead. One whose id other content waits under stays dead.
 */
export async function retryDead(pool: Pool, queue: string, ids: readonly string[]): Promise<string[]> {
  return inTransaction(pool, CALL_DEADLINE_MS, async (tx) => {
    const { rows } = await tx.execute<{ id: string }>(sql`
      WITH dead AS (
        DELETE FROM submission_outcomes o
        WHERE queue = ${queue} AND id = ANY(${sql.param(ids)}::uuid[]) AND status = 'dead' AND payload IS NOT NULL
          AND NOT EXISTS (SELECT FROM fallback_submissions f WHERE f.queue = o.queue AND f.id = o.id)
        RETURNING *
      )
      INSERT INTO fallback_submissions
        (queue, id, form, data, digest, created_at, run_at, generation, attempts, last_error, reason, history, traceparent)
      SELECT queue, id, form, payload, digest, received_at, now(), generation + 1, 0, error, 'retry', history, traceparent
      FROM dead
      RETURNING id`);
    return rows.map((row) => row.id);
  });
}

/** Dead submissions are given up. They stay on record, with their payload, for the retention. Returns the ids. */
export async function discardDead(pool: Pool, queue: string, ids: readonly string[]): Promise<string[]> {
  return inTransaction(pool, CALL_DEADLINE_MS, async (tx) => {
    const { rows } = await tx.execute<{ id: string }>(sql`
      UPDATE submission_outcomes SET status = 'discarded', settled_at = now()
      WHERE queue = ${queue} AND id = ANY(${sql.param(ids)}::uuid[]) AND status = 'dead' RETURNING id`);
    return rows.map((row) => row.id);
  });
}
