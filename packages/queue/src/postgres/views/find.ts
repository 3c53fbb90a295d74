import { sql } from 'drizzle-orm';
import type { QueueTables } from '../statement/tables.ts';
import type { ListRow } from '../../contract/views.ts';
import type { Database } from '../connection/connection.ts';

type HeldState = Extract<ListRow['state'], 'waiting' | 'scheduled' | 'processing'>;

export type OutcomeRow = {
  form: string;
  status: 'running' | 'done' | 'dead' | 'discarded';
  attempts: number;
  generation: number;
  received_ms: number;
  settled_ms: number;
  error: string | null;
  history: string;
  payload: string | null;
  conflicts_with: string | null;
  is_running: boolean;
  claimed_by: string | null;
};

export type HeldRow = {
  form: string;
  data: string;
  created_ms: number;
  run_ms: number;
  state: HeldState;
  generation: number;
  attempts: number;
  reason: string | null;
  last_error: string | null;
  history: string;
  claimed_by: string | null;
};

export async function readOutcome(db: Database, queue: QueueTables, id: string): Promise<OutcomeRow | null> {
  const { rows } = await db.execute<OutcomeRow>(sql`
    SELECT form, status, attempts, generation, extract(epoch FROM received_at)::float8 * 1000 AS received_ms,
      extract(epoch FROM settled_at)::float8 * 1000 AS settled_ms, error, history, payload, conflicts_with, claimed_by,
      coalesce(status = 'running' AND lease_until > now(), false) AS is_running
    FROM ${queue.outcomes} WHERE queue = ${queue.name} AND id = ${id}`);
  return rows[0] ?? null;
}

export async function readRow(db: Database, queue: QueueTables, id: string): Promise<HeldRow | null> {
  const { rows } = await db.execute<HeldRow>(sql`
    SELECT form, data, extract(epoch FROM created_at)::float8 * 1000 AS created_ms,
      extract(epoch FROM run_at)::float8 * 1000 AS run_ms, generation, attempts, reason, last_error, history,
      claimed_by, CASE WHEN lease_until > now() THEN 'processing' WHEN run_at > now() THEN 'scheduled' ELSE 'waiting' END AS state
    FROM ${queue.fallback} WHERE queue = ${queue.name} AND id = ${id}`);
  return rows[0] ?? null;
}
