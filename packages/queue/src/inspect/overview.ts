import { sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import { ask, orUndefined } from './query.ts';
import type { ViewSources } from './query.ts';
import type { Database } from '../postgres/connection/connection.ts';
import { COUNT_CAP } from '../contract/list-query.ts';
import { readDepth } from '../postgres/store.ts';
import type { Overview } from '../contract/views.ts';

type Counts = { oldest_ms: number | null; unpushed: number; done: number; dead: number; discarded: number };

/** Both stores and what they hold, with gaps where one cannot be asked. */
export async function readOverview(sources: ViewSources): Promise<Overview> {
  const [redisDepth, postgresDepth, counts] = await Promise.all([
    orUndefined(sources.redis?.depth()),
    orUndefined(ask(sources, (db) => readDepth(db, sources.queue))),
    orUndefined(ask(sources, (db) => readCounts(db, sources))),
  ]);
  const { redis, postgres } = sources.health();
  const accepting = sources.order().find((path) => !path.breaker.open)?.name ?? 'none';
  const redisWorks = redis.state === 'up' && redisDepth !== undefined;
  return {
    queue: sources.queue,
    at: new Date(),
    redis: { ...redis, ...(redisDepth && { depth: redisDepth }) },
    postgres: { ...postgres, ...(postgresDepth && { depth: postgresDepth }) },
    accepting,
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

/** What recovery has yet to push is counted from the latest on, which it reaches last. */
async function readCounts(db: Database, { queue, redis }: ViewSources): Promise<Counts | undefined> {
  const capped = (from: SQL) =>
    sql`(SELECT count(*)::int FROM (SELECT 1 FROM ${from} LIMIT ${COUNT_CAP}) counted)`;
  const outcomes = (status: string) =>
    capped(sql`submission_outcomes WHERE queue = ${queue} AND status = ${status}`);
  const { rows } = await db.execute<Counts>(sql`
    SELECT (SELECT extract(epoch FROM created_at)::float8 * 1000 FROM fallback_submissions
        WHERE queue = ${queue} AND run_at <= now() ORDER BY run_at, id LIMIT 1) AS oldest_ms,
      (SELECT count(*) FILTER (WHERE ${isUnpushed(redis?.epoch)})::int FROM (SELECT pushed_epoch FROM fallback_submissions
        WHERE queue = ${queue} ORDER BY run_at DESC, id DESC LIMIT ${COUNT_CAP}) latest) AS unpushed,
      ${outcomes('done')} AS done, ${outcomes('dead')} AS dead, ${outcomes('discarded')} AS discarded`);
  return rows[0];
}

/** Without an epoch Redis is not known to hold anything. */
function isUnpushed(epoch: string | undefined): SQL {
  return epoch === undefined ? sql`true` : sql`pushed_epoch IS DISTINCT FROM ${epoch}`;
}
