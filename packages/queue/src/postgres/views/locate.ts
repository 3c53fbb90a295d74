import { sql } from 'drizzle-orm';
import type { QueueTables } from '../statement/tables.ts';
import type { Location } from '../../contract/views.ts';
import type { Database } from '../connection/connection.ts';

/** Rows and outcomes in one statement, so that nothing is settled between the two. An id may be among both. */
export async function locateInPostgres(
  db: Database,
  queue: QueueTables,
  ids: readonly string[],
): Promise<readonly { readonly id: string; readonly place: Location }[]> {
  const list = sql.param([...ids]);
  const { rows } = await db.execute<{ id: string; place: Location }>(sql`
        SELECT id, 'waiting' AS place FROM ${queue.fallback} WHERE queue = ${queue.name} AND id = ANY(${list}::uuid[])
        UNION ALL
        SELECT id, CASE status WHEN 'running' THEN 'waiting' WHEN 'done' THEN 'processed' ELSE status END
        FROM ${queue.outcomes} WHERE queue = ${queue.name} AND id = ANY(${list}::uuid[])`);
  return rows;
}
