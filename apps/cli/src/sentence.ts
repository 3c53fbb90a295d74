import type { AdminOverview } from '@spillway/api';
import { ago, counted, duration } from './words.ts';

/** The state in one line: which store is away, where submissions are safe, and which workers process them. */
export function sentenceOf(overview: AdminOverview): string {
  const { redis, postgres, workers, workingFrom } = overview;
  const parts = [awayOf(overview), safeIn(overview)];
  if (postgres.state === 'up') {
    if (workers?.length === 0) parts.push('No worker is running.');
    else if (overview.drainEstimateMs !== undefined && overview.drainEstimateMs > 0)
      parts.push(`The backlog will be empty in about ${duration(overview.drainEstimateMs)}.`);
  }
  const said = parts.filter((part) => part !== undefined);
  if (said.length > 0) return said.join(' ');
  if (redis.state === 'absent') return 'All submissions go through Postgres; no Redis is configured.';
  return workingFrom === 'redis'
    ? 'All submissions go through Redis.'
    : 'All submissions go through Postgres.';
}

function awayOf({ redis, postgres, accepting }: AdminOverview): string | undefined {
  if (postgres.state !== 'down') return redis.state === 'down' ? 'Redis is away.' : undefined;
  if (redis.state !== 'up') return 'Both stores are away: nothing can be accepted.';
  return accepting === 'redis'
    ? 'Postgres is away: Redis accepts, and nothing is processed until it is back.'
    : 'Postgres is away: nothing can be accepted or processed until it is back.';
}

function safeIn({ postgres, oldestWaitingAt, at }: AdminOverview): string | undefined {
  if (postgres.state === 'down') return undefined;
  if (postgres.depth === undefined)
    return 'The submissions in Postgres cannot be counted; run `spillway doctor` to see why.';
  const { ready, delayed, active, capped } = postgres.depth;
  const held = ready + delayed + active;
  if (held === 0) return undefined;
  const oldest = oldestWaitingAt ? `, oldest ${ago(oldestWaitingAt, Date.parse(at))}` : '';
  return `${counted(held, 'submission', capped)} safe in Postgres${oldest}.`;
}
