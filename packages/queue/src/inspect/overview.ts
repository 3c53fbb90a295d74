import { COUNT_CAP } from '../contract/list-query.ts';
import type { Overview } from '../contract/views.ts';
import { readDepth, readCounts } from '../postgres/views/counts.ts';
import { runQuery } from '../postgres/views/query.ts';
import { orUndefined } from './sources.ts';
import type { ViewSources } from './sources.ts';

/** Both stores and what they hold, with gaps for a store that cannot be reached. */
export async function readOverview(sources: ViewSources): Promise<Overview> {
  const [redisDepth, postgresDepth, counts] = await Promise.all([
    orUndefined(sources.redis?.depth()),
    orUndefined(runQuery(sources, (db) => readDepth(db, sources.tables))),
    orUndefined(runQuery(sources, (db) => readCounts(db, sources.tables, sources.redis?.epoch))),
  ]);
  const { redis, postgres } = sources.health();
  const redisWorks = redis.state === 'up' && redisDepth !== undefined;
  return {
    queue: sources.queue,
    at: new Date(),
    redis: { ...redis, ...(redisDepth && { depth: redisDepth }) },
    postgres: { ...postgres, ...(postgresDepth && { depth: postgresDepth }) },
    accepting: sources.accepting(),
    workingFrom: postgresDepth === undefined ? 'none' : redisWorks ? 'redis' : 'postgres',
    ...(counts && {
      unpushed: counts.unpushed,
      ...(counts.oldest_ms !== null && { oldestWaitingAt: new Date(counts.oldest_ms) }),
      outcomes: {
        done: counts.done,
        dead: counts.dead,
        discarded: counts.discarded,
        capped: Math.max(counts.done, counts.dead, counts.discarded) >= COUNT_CAP,
      },
    }),
  };
}
