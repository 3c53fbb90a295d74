import { sql } from 'drizzle-orm';
import { ask, orUndefined } from './query.ts';
import type { ViewSources } from './query.ts';
import type { Place, Places } from '../contract/views.ts';

/**
 * Where each of many submissions is. Redis is asked first: what a worker settles in between is gone there, and found in
 * Postgres afterwards. Rows and outcomes in one statement, so that nothing is settled between the two.
 */
export async function readPlaces(sources: ViewSources, ids: readonly string[]): Promise<Places> {
  const { queue, redis } = sources;
  const inRedis = redis === undefined ? new Set<string>() : await orUndefined(redis.has(ids));
  const inPostgres = await orUndefined(
    ask(sources, async (db) => {
      const list = sql.param([...ids]);
      const { rows } = await db.execute<{ id: string; place: Place }>(sql`
        SELECT id, 'waiting' AS place FROM fallback_submissions WHERE queue = ${queue} AND id = ANY(${list}::uuid[])
        UNION ALL
        SELECT id, CASE status WHEN 'running' THEN 'waiting' WHEN 'done' THEN 'processed' ELSE status END
        FROM submission_outcomes WHERE queue = ${queue} AND id = ANY(${list}::uuid[])`);
      return rows;
    }),
  );
  const found = new Map<string, Place>();
  for (const id of inRedis ?? []) found.set(id, 'waiting');
  for (const { id, place } of inPostgres ?? [])
    if (place !== 'waiting' || !found.has(id)) found.set(id, place);
  return {
    found,
    unasked: [...(inRedis ? [] : ['redis' as const]), ...(inPostgres ? [] : ['postgres' as const])],
  };
}
