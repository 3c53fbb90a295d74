import { sql } from 'drizzle-orm';
import type { Database } from '../connection/connection.ts';

const MAX_IDS = 10;
const BEGINS = /^[0-9a-f]{8}$/;

/** The beginning is a range of the primary key, of about a minute; only that is read. */
export async function readIdsLike(
  db: Database,
  queue: string,
  begins: string,
  ends: string,
): Promise<readonly string[]> {
  if (!BEGINS.test(begins)) return [];
  const first = `${begins}-0000-0000-0000-000000000000`;
  const last = `${begins}-ffff-ffff-ffff-ffffffffffff`;
  const isLike = sql`queue = ${queue} AND id BETWEEN ${first} AND ${last} AND right(id::text, 12) = ${ends}`;
  const { rows } = await db.execute<{ id: string }>(sql`
    SELECT id FROM submission_outcomes WHERE ${isLike}
    UNION SELECT id FROM fallback_submissions WHERE ${isLike} LIMIT ${MAX_IDS}`);
  return rows.map(({ id }) => id);
}
