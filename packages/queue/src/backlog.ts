import { sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import { decodeCursor, encodeCursor } from './cursor.ts';
import type { PageCursor } from './cursor.ts';
import type { Database } from './postgres/connection.ts';
import { COUNT_CAP } from './postgres/store.ts';
import type { BacklogPage, BacklogQuery, BacklogRow, DeadPage } from './views.ts';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;

type BacklogSqlRow = {
  id: string;
  form: string;
  created_ms: number;
  run_ms: number;
  state: BacklogRow['state'];
  pushed: boolean;
  attempts: number;
  reason: string | null;
  last_error: string | null;
  bytes: number;
};

/** A page of what waits in Postgres, oldest first. */
export async function readBacklog(db: Database, queue: string, query: BacklogQuery): Promise<BacklogPage> {
  const limit = pageSize(query.limit);
  const filters = sql.join(
    [
      sql`queue = ${queue}`,
      ...(query.form === undefined ? [] : [sql`form = ${query.form}`]),
      ...(query.minAgeMs === undefined
        ? []
        : [sql`created_at <= now() - ${query.minAgeMs} * interval '1 ms'`]),
      ...(query.maxAgeMs === undefined
        ? []
        : [sql`created_at >= now() - ${query.maxAgeMs} * interval '1 ms'`]),
    ],
    sql` AND `,
  );
  const cursor = decodeCursor(query.cursor);
  const after = cursor ? sql`AND (run_at, id) > (${momentOf(cursor)}, ${cursor.id}::uuid)` : sql``;
  const { rows } = await db.execute<BacklogSqlRow>(sql`
    SELECT id, form, extract(epoch FROM created_at)::float8 * 1000 AS created_ms,
      extract(epoch FROM run_at)::float8 * 1000 AS run_ms, pushed_epoch IS NOT NULL AS pushed, attempts, reason, last_error,
      octet_length(data) AS bytes,
      CASE WHEN lease_until > now() THEN 'processing' WHEN run_at > now() THEN 'scheduled' ELSE 'waiting' END AS state
    FROM fallback_submissions WHERE ${filters} ${after} ORDER BY run_at, id LIMIT ${limit + 1}`);
  const counted = await db.execute<{ matching: number }>(sql`
    SELECT count(*)::int AS matching FROM (SELECT 1 FROM fallback_submissions WHERE ${filters} LIMIT ${COUNT_CAP}) counted`);
  const matching = counted.rows[0]?.matching ?? 0;
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    rows: page.map(toBacklogRow),
    ...(rows.length > limit && last && { nextCursor: encodeCursor({ atMs: last.run_ms, id: last.id }) }),
    matching,
    capped: matching >= COUNT_CAP,
  };
}

function toBacklogRow(row: BacklogSqlRow): BacklogRow {
  return {
    id: row.id,
    form: row.form,
    receivedAt: new Date(row.created_ms),
    runAt: new Date(row.run_ms),
    state: row.state,
    pushed: row.pushed,
    attempts: row.attempts,
    ...(row.reason !== null && { reason: row.reason }),
    ...(row.last_error !== null && { lastError: row.last_error }),
    bytes: row.bytes,
  };
}

type DeadSqlRow = {
  id: string;
  form: string;
  received_ms: number;
  settled_ms: number;
  attempts: number;
  error: string | null;
  conflicts_with: string | null;
};

/** A page of the dead, latest first. */
export async function readDead(
  db: Database,
  queue: string,
  query: Pick<BacklogQuery, 'cursor' | 'limit'>,
): Promise<DeadPage> {
  const limit = pageSize(query.limit);
  const cursor = decodeCursor(query.cursor);
  const before = cursor ? sql`AND (settled_at, id) < (${momentOf(cursor)}, ${cursor.id}::uuid)` : sql``;
  const { rows } = await db.execute<DeadSqlRow>(sql`
    SELECT id, form, extract(epoch FROM received_at)::float8 * 1000 AS received_ms,
      extract(epoch FROM settled_at)::float8 * 1000 AS settled_ms, attempts, error, conflicts_with
    FROM submission_outcomes WHERE queue = ${queue} AND status = 'dead' ${before}
    ORDER BY settled_at DESC, id DESC LIMIT ${limit + 1}`);
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    rows: page.map((row) => ({
      id: row.id,
      form: row.form,
      receivedAt: new Date(row.received_ms),
      diedAt: new Date(row.settled_ms),
      attempts: row.attempts,
      error: row.error ?? '',
      ...(row.conflicts_with !== null && { conflictsWith: row.conflicts_with }),
    })),
    ...(rows.length > limit && last && { nextCursor: encodeCursor({ atMs: last.settled_ms, id: last.id }) }),
  };
}

function momentOf({ atMs }: PageCursor): SQL {
  return sql`(timestamptz 'epoch' + ${atMs} * interval '1 ms')`;
}

function pageSize(limit: number | undefined): number {
  return Math.min(MAX_LIMIT, Math.max(1, Math.trunc(limit ?? DEFAULT_LIMIT)));
}
