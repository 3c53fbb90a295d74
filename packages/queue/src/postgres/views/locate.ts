import { sql } from 'drizzle-orm';
import type { Location } from '../../contract/views.ts';
import type { Database } from '../connection/connection.ts';

/** Rows and outcomes in one statement, so that nothing is settled between the two. An id may be among both. */
export async function locateInPostgres(
  db: Database,
  queue: string,
  ids: readonly string[],
): Promise<readonly { readonly id: string; readonly place: Location }[]> {
  const list = sql.param([...ids]);
  const { rows } = await db.execute<{ id: string; place: Location }>(sql`
        SELECT id, 'waiting' AS place FROM fallback_submissions WHERE queue = ${queue} AND id = ANY(${list}::uuid[])
        UNION ALL
        SELECT id, CASE status WHEN 'running' THEN 'waiting' WHEN 'done' THEN 'processed' ELSE status END
        FROM submission_outcomes WHERE queue = ${queue} AND id = ANY(${list}::uuid[])`);
  return rows;
}
