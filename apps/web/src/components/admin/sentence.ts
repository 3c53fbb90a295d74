import type { AdminOverview } from '@spillway/api';
import type { Tone } from '#components/ui/badge.tsx';
import { countOf, duration } from '#lib/words.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
/** Longer than this, an estimate is no better than its minutes. */
const ROUGHLY_MS = 2 * MINUTE_MS;

interface Sentence {
  readonly tone: Extract<Tone, 'good' | 'warn' | 'bad'>;
  readonly text: string;
}

/** The state of the system in one or two sentences: which store is away, where submissions are safe, who processes them. */
export function sentenceOf(overview: AdminOverview, now: number): Sentence {
  const { redis, postgres } = overview;
  const idle = idleOf(overview);
  if (postgres.state === 'down') return withPostgresDown(overview, now);
  if (redis.state === 'down') {
    const text = `Redis away for ${since(redis.since, now)}. ${backlog(overview, now)}`;
    return { tone: 'warn', text: `${text}${idle}` };
  }
  const waiting = fallbackDepth(overview);
  if (redis.state === 'up' && overview.accepting === 'redis' && waiting > 0) {
    return { tone: 'warn', text: `Redis is back. ${safe(overview, now)}, ${flowingBack(overview)}.${idle}` };
  }
  return { tone: idle ? 'warn' : 'good', text: `${flowing(overview)}${idle}` };
}

function withPostgresDown({ redis, postgres, accepting }: AdminOverview, now: number): Sentence {
  const away = `Postgres away for ${since(postgres.since, now)}.`;
  if (redis.state !== 'up') {
    const other = redis.state === 'absent' ? '' : ` Redis away for ${since(redis.since, now)}.`;
    return { tone: 'bad', text: `${away}${other} Nothing can be accepted until a store is back.` };
  }
  const takes = accepting === 'redis' ? 'Redis accepts submissions' : 'Submissions are not accepted';
  return { tone: 'bad', text: `${away} ${takes}; nothing can be processed until Postgres is back.` };
}

function backlog(overview: AdminOverview, now: number): string {
  if (overview.postgres.depth === undefined)
    return 'Postgres accepts submissions; its backlog cannot be counted right now.';
  if (fallbackDepth(overview) === 0) return 'Postgres accepts everything; nothing is waiting.';
  const isIdle = overview.workers?.length === 0 || overview.controls?.workerPaused;
  const how = isIdle ? 'waiting for a worker' : 'being processed directly from Postgres';
  return `${safe(overview, now)}, ${how}${drained(overview)}.`;
}

/** Why submissions are not processed, or not recovered into Redis. Empty: they are. */
function idleOf({ workers, controls }: AdminOverview): string {
  if (controls?.workerPaused) return ' Workers are paused.';
  if (workers?.length === 0) return ' No worker is running.';
  return controls?.recoveryPaused ? ' Recovery is paused.' : '';
}

/** Workers bring it back. */
function flowingBack(overview: AdminOverview): string {
  if (overview.controls?.recoveryPaused || overview.workers?.length === 0) return 'not moving back';
  return `flowing back to Redis${drained(overview)}`;
}

/** Shown only while the backlog falls: for a growing backlog there is no estimate. */
function drained({ drainEstimateMs }: AdminOverview): string {
  if (drainEstimateMs === undefined) return '';
  const step = drainEstimateMs < ROUGHLY_MS ? SECOND_MS : MINUTE_MS;
  return `, drained in about ${duration(Math.max(1, Math.round(drainEstimateMs / step)) * step)}`;
}

/** "1,482 submissions safe in Postgres, oldest 3 min 10 s" */
function safe(overview: AdminOverview, now: number): string {
  const capped = overview.postgres.depth?.capped ?? false;
  const oldest = overview.oldestWaitingAt ? `, oldest ${since(overview.oldestWaitingAt, now)}` : '';
  return `${countOf(fallbackDepth(overview), 'submission', capped)} safe in Postgres${oldest}`;
}

function flowing({ redis, accepting, workingFrom }: AdminOverview): string {
  if (redis.state === 'absent') return 'All submissions go through Postgres; no Redis is configured.';
  if (accepting === 'redis') return 'All submissions go through Redis.';
  return workingFrom === 'redis'
    ? 'Postgres acknowledges every submission; workers claim them from Redis.'
    : 'All submissions go through Postgres.';
}

/** All that Postgres holds unsettled. */
function fallbackDepth({ postgres }: AdminOverview): number {
  const { ready = 0, delayed = 0, active = 0 } = postgres.depth ?? {};
  return ready + delayed + active;
}

function since(at: string, now: number): string {
  return duration(now - Date.parse(at));
}
