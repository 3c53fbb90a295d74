import type { Location, Locations } from '../contract/views.ts';
import { locateInPostgres } from '../postgres/views/locate.ts';
import { runQuery } from '../postgres/views/query.ts';
import { orUndefined } from './sources.ts';
import type { ViewSources } from './sources.ts';

/**
 * Where each of many submissions is. Redis is asked first: what a worker settles in between is gone there, and found in
 * Postgres afterwards.
 */
export async function locate(sources: ViewSources, ids: readonly string[]): Promise<Locations> {
  const { tables, redis } = sources;
  const inRedis = redis === undefined ? new Set<string>() : await orUndefined(redis.has(ids));
  const inPostgres = await orUndefined(runQuery(sources, (db) => locateInPostgres(db, tables, ids)));
  const found = new Map<string, Location>();
  for (const id of inRedis ?? []) found.set(id, 'waiting');
  for (const { id, place } of inPostgres ?? [])
    if (place !== 'waiting' || !found.has(id)) found.set(id, place);
  return {
    found,
    unasked: [...(inRedis ? [] : ['redis' as const]), ...(inPostgres ? [] : ['postgres' as const])],
  };
}
