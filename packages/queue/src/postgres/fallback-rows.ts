import { sql } from 'drizzle-orm';
import type { Pool } from 'pg';
import type { QueueTables } from './statement/tables.ts';
import type { FallbackRows } from '../contract/ledger.ts';
import { inIndexOrder, withConnection } from './connection/connection.ts';
import { parseHistory, toEnvelope } from './row.ts';
import type { EnvelopeRow } from './row.ts';
import { Statement } from './statement/statement.ts';

const CALL_DEADLINE_MS = 10_000;
/** Younger rows are left out, ms: the process that stored them is about to push them to Redis. */
const GRACE_MS = 500;

type DueRow = EnvelopeRow & {
  attempts: number;
  history: string;
  run_at: string;
  pushed_epoch: string | null;
};

const MARK = new Statement<{ queue: QueueTables; ids: readonly string[]; epoch: string | null }, never>(
  'mark',
  ['queue', 'ids', 'epoch'],
  (to) => sql`
    UPDATE ${to.fallback} SET pushed_epoch = ${to.epoch}
    WHERE queue = ${to.queue} AND id = ANY(${to.ids}::uuid[])`,
);

/** The table of waiting submissions, for recovery and for the holders of copies. */
export function createFallbackRows(pool: Pool, queue: QueueTables): FallbackRows {
  return {
    /** ORDER BY needs the table: `run_at` alone is the selected text, and Postgres would sort all rows by it. */
    async due({ limit, after, notPushedIn }) {
      const ahead = after ? sql`AND (run_at, id) > (${after.runAt}::timestamptz, ${after.id}::uuid)` : sql``;
      const unpushed =
        notPushedIn === undefined ? sql`` : sql`AND pushed_epoch IS DISTINCT FROM ${notPushedIn}`;
      const { rows } = await inIndexOrder(pool, CALL_DEADLINE_MS, (db) =>
        db.execute<DueRow>(sql`
        SELECT id, form, data, digest, extract(epoch FROM created_at)::float8 * 1000 AS received_ms, generation, attempts,
          history, traceparent, run_at::text AS run_at, pushed_epoch
        FROM ${queue.fallback} f
        WHERE queue = ${queue.name} AND run_at <= now() - ${GRACE_MS} * interval '1 ms' AND lease_until <= now() ${unpushed} ${ahead}
        ORDER BY f.run_at, id LIMIT ${limit}`),
      );
      return rows.map((row) => ({
        item: { envelope: toEnvelope(row), attempts: row.attempts, history: parseHistory(row.history) },
        place: { runAt: row.run_at, id: row.id },
        pushedEpoch: row.pushed_epoch ?? undefined,
      }));
    },

    async markPushed(ids, epoch) {
      await withConnection(pool, CALL_DEADLINE_MS, (_, client) =>
        MARK.run(client, { queue, ids, epoch: epoch ?? null }),
      );
    },

    /** So that the rows are not claimed here if Redis goes down while a worker processes their copies. */
    async extendLeases(ids, leaseMs) {
      await withConnection(pool, CALL_DEADLINE_MS, (db) =>
        db.execute(sql`
        UPDATE ${queue.fallback} SET lease_until = now() + ${leaseMs} * interval '1 ms'
        WHERE queue = ${queue.name} AND id = ANY(${sql.param(ids)}::uuid[])`),
      );
    },
  };
}
