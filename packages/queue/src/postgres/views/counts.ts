import { sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import type { QueueTables } from '../statement/tables.ts';
import { COUNT_CAP } from '../../contract/list-query.ts';
import type { Depth } from '../../contract/store.ts';
import type { Database } from '../connection/connection.ts';

type Counts = { oldest_ms: number | null; unpushed: number; done: number; dead: number; discarded: number };

/** Rows that recovery has not pushed yet are counted from the latest on, which recovery reaches last. */
export async function readCounts(
  db: Database,
  queue: QueueTables,
  redisEpoch: string | undefined,
): Promise<Counts | undefined> {
  const capped = (from: SQL) =>
    sql`(SELECT count(*)::int FROM (SELECT 1 FROM ${from} LIMIT ${COUNT_CAP}) counted)`;
  const outcomes = (status: string) =>
    capped(sql`${queue.outcomes} WHERE queue = ${queue.name} AND status = ${status}`);
  const { rows } = await db.execute<Counts>(sql`
    SELECT (SELECT extract(epoch FROM created_at)::float8 * 1000 FROM ${queue.fallback}
        WHERE queue = ${queue.name} AND run_at <= now() ORDER BY run_at, id LIMIT 1) AS oldest_ms,
      (SELECT count(*) FILTER (WHERE ${isUnpushed(redisEpoch)})::int FROM (SELECT pushed_epoch FROM ${queue.fallback}
        WHERE queue = ${queue.name} ORDER BY run_at DESC, id DESC LIMIT ${COUNT_CAP}) latest) AS unpushed,
      ${outcomes('done')} AS done, ${outcomes('dead')} AS dead, ${outcomes('discarded')} AS discarded`);
  return rows[0];
}

/** Without an epoch Redis is not known to hold anything. */
function isUnpushed(epoch: string | undefined): SQL {
  return epoch === undefined ? sql`true` : sql`pushed_epoch IS DISTINCT FROM ${epoch}`;
}

/**
 * Each count stops at `COUNT_CAP`, so that it never scans a million rows. Claimed rows are at the head of the due ones, so
 * that one scan counts both.
 */
export async function readDepth(db: Database, queue: QueueTables): Promise<Depth> {
  const first = (column: SQL, due: SQL) => sql`
    (SELECT ${column} FROM ${queue.fallback} WHERE queue = ${queue.name} AND ${due} ORDER BY run_at, id LIMIT ${COUNT_CAP})`;
  const { rows } = await db.execute<{
    ready: number;
    delayed: number;
    active: number;
    oldest_ms: number | null;
  }>(sql`
    SELECT count(*) FILTER (WHERE lease_until <= now())::int AS ready,
      extract(epoch FROM min(created_at) FILTER (WHERE lease_until <= now()))::float8 * 1000 AS oldest_ms,
      count(*) FILTER (WHERE lease_until > now())::int AS active,
      (SELECT count(*)::int FROM ${first(sql`1`, sql`run_at > now()`)} later) AS delayed
    FROM ${first(sql`lease_until, created_at`, sql`run_at <= now()`)} due`);
  const { ready = 0, delayed = 0, active = 0, oldest_ms: oldestMs = null } = rows[0] ?? {};
  const capped = Math.max(ready + active, delayed) >= COUNT_CAP;
  return { ready, delayed, active, capped, ...(oldestMs !== null && { oldestAt: new Date(oldestMs) }) };
}
