import { sql } from 'drizzle-orm';
import type { Pool } from 'pg';
import type { QueueTables } from './statement/tables.ts';
import { newToken } from '../contract/id.ts';
import type { ClaimOptions } from '../contract/store.ts';
import { inIndexOrder } from './connection/connection.ts';
import { Statement } from './statement/statement.ts';

/** The payloads of one claim are at most about this large. */
const CLAIM_BYTES = 4 * 1024 * 1024;

/** Where the next claim continues. */
export interface Cursor {
  readonly runAt: string;
  readonly id: string;
  readonly sinceMs: number;
}

export type ClaimedRow = {
  id: string;
  form: string;
  data: string;
  digest: string;
  received_ms: number;
  run_at: string;
  generation: number;
  attempts: number;
  history: string;
  traceparent: string | null;
  claim_token: string;
  seen: number;
};

/** A place before all rows. */
const START = { runAt: '-infinity', id: '00000000-0000-0000-0000-000000000000' };

/**
 * Leases due rows in order of their time, skipping rows that another worker is claiming. A row whose lease expired may have killed
 * its worker, so it is claimed alone: now the rows before it, and the row itself once it is the first. The keyset cursor keeps the
 * scan off the dead index entries that settled rows leave at the head.
 */
const CLAIM = new Statement<
  {
    queue: QueueTables;
    runAt: string;
    id: string;
    limit: number;
    leaseMs: number;
    worker: string;
    token: string;
    maxBytes: number;
  },
  ClaimedRow
>(
  'claim',
  ['queue', 'runAt', 'id', 'limit', 'leaseMs', 'worker', 'token', 'maxBytes'],
  (to) => sql`
    WITH due AS (
      SELECT id, run_at, lease_until > '-infinity' AS expired, pg_column_size(data) AS bytes FROM ${to.fallback}
      WHERE queue = ${to.queue} AND run_at <= now() AND lease_until <= now()
        AND (run_at, id) > (${to.runAt}::timestamptz, ${to.id}::uuid)
      ORDER BY run_at, id LIMIT ${to.limit} FOR UPDATE SKIP LOCKED
    ), picked AS (
      SELECT id, count(*) OVER () AS seen, row_number() OVER in_order AS n,
        count(*) FILTER (WHERE expired) OVER in_order AS expired_so_far, sum(bytes) OVER in_order AS bytes_so_far
      FROM due WINDOW in_order AS (ORDER BY run_at, id)
    ), claimed AS (
      UPDATE ${to.fallback} f
      SET attempts = f.attempts + 1, lease_until = now() + ${to.leaseMs} * interval '1 ms', claimed_by = ${to.worker},
        claim_token = ${to.token}
      FROM picked p
      WHERE f.queue = ${to.queue} AND f.id = p.id
        AND (p.n = 1 OR (p.expired_so_far = 0 AND p.bytes_so_far <= ${to.maxBytes}))
      RETURNING f.*, p.seen
    )
    SELECT id, form, data, digest, extract(epoch FROM created_at)::float8 * 1000 AS received_ms, run_at::text AS run_at,
      generation, attempts, history, traceparent, claim_token, seen::int AS seen
    FROM claimed ORDER BY claimed.run_at, id`,
);

/**
 * If a crash of Postgres loses a claim, only a lease is lost: the row is handed out again. So its commit does not wait for the
 * disk.
 */
export function claimRows(
  pool: Pool,
  deadlineMs: number,
  queue: QueueTables,
  { limit, leaseMs, worker }: ClaimOptions,
  after: Cursor | undefined,
): Promise<ClaimedRow[]> {
  return inIndexOrder(
    pool,
    deadlineMs,
    (_, client) =>
      CLAIM.run(client, {
        queue,
        runAt: after?.runAt ?? START.runAt,
        id: after?.id ?? START.id,
        limit,
        leaseMs,
        worker,
        token: newToken(),
        maxBytes: CLAIM_BYTES,
      }),
    '; SET LOCAL synchronous_commit = off',
  );
}
