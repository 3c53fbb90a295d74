import { sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import type { QueueTables } from '../statement/tables.ts';
import { decodeCursor, encodeCursor } from '../../contract/cursor.ts';
import type { LikePage, LikeQuery } from '../../contract/views.ts';
import type { Database } from '../connection/connection.ts';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 10_000;
const BEGINS = /^[0-9a-f]{8}$/;

/**
 * The beginning is a range of the primary key, of about a minute; only that is read. Ids are the senders' own, and one may
 * copy the ends of another's. The original was received before its reference could be known, so it comes first.
 */
export async function readIdsByReference(
  db: Database,
  queue: QueueTables,
  { begins, ends, cursor, limit = DEFAULT_LIMIT }: LikeQuery & { begins: string; ends: string },
): Promise<LikePage> {
  if (!BEGINS.test(begins)) return { found: [] };
  const first = `${begins}-0000-0000-0000-000000000000`;
  const last = `${begins}-ffff-ffff-ffff-ffffffffffff`;
  const isLike = sql`queue = ${queue.name} AND id BETWEEN ${first} AND ${last} AND right(id::text, 12) = ${ends}`;
  const after = decodeCursor(cursor);
  const count = Math.min(MAX_LIMIT, Math.max(1, Math.trunc(limit)));
  const page = (table: SQL, at: SQL) => {
    const isAfter = after
      ? sql`(${at}, id) > (timestamptz 'epoch' + ${after.atMs} * interval '1 ms', ${after.id}::uuid)`
      : sql`true`;
    return sql`(SELECT id, ${at} AS at FROM ${table} WHERE ${isLike} AND ${isAfter} ORDER BY ${at}, id LIMIT ${count + 1})`;
  };
  // A submission in both tables was received once: UNION keeps one of the two rows.
  const { rows } = await db.execute<{ id: string; at_ms: number }>(sql`
    SELECT id, extract(epoch FROM at)::float8 * 1000 AS at_ms FROM (
      ${page(queue.outcomes, sql`received_at`)} UNION ${page(queue.fallback, sql`created_at`)}) found
    ORDER BY at, id LIMIT ${count + 1}`);
  const found = rows.slice(0, count).map(({ id, at_ms }) => ({ id, receivedAt: new Date(at_ms) }));
  const end = rows.length > count ? rows[count - 1] : undefined;
  return { found, ...(end && { nextCursor: encodeCursor({ atMs: end.at_ms, id: end.id }) }) };
}
