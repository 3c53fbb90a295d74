import type { ViewSources } from './sources.ts';
import { worstFirst } from '../contract/setting-check.ts';
import type { Finding } from '../contract/setting-check.ts';
import { errorText } from '../util/error-text.ts';
import { findInPostgres } from '../postgres/settings/settings.ts';
import { findInRedis } from '../redis/settings/settings.ts';

/** Looks at every setting of both stores that could lose something or slow it down. A store that is away is a finding too. */
export async function auditStores(sources: ViewSources): Promise<Finding[]> {
  const [redis, postgres] = await Promise.all([lookAtRedis(sources), lookAtPostgres(sources)]);
  return worstFirst([...redis, ...postgres]);
}

async function lookAtRedis({ redisClient, options, health }: ViewSources): Promise<Finding[]> {
  if (redisClient === undefined) {
    return [
      {
        store: 'redis',
        setting: 'connection',
        value: 'not configured',
        severity: 'notice',
        message: 'Everything goes through Postgres; while that is away, submissions are refused.',
        remedy: 'Give a Redis (REDIS_URL) that runs with appendonly yes, appendfsync always and noeviction.',
      },
    ];
  }
  const part = options.primary === 'redis' ? 'first' : 'second';
  return findInRedis(redisClient, part).catch((error: unknown) => [
    {
      store: 'redis',
      setting: 'connection',
      value: health().redis.lastError ?? errorText(error),
      severity: 'warning',
      message:
        'Redis cannot be asked. Everything goes through Postgres; should that go too, submissions are refused.',
      remedy: 'See whether it runs, and whether REDIS_URL is right. What waits flows back by itself.',
    },
  ]);
}

async function lookAtPostgres({ pool, options }: ViewSources): Promise<Finding[]> {
  return findInPostgres(pool, options.acceptConnections + options.workConnections).catch((error: unknown) => [
    {
      store: 'postgres',
      setting: 'connection',
      value: errorText(error),
      severity: 'danger',
      message:
        'Postgres cannot be asked. Nothing is processed until it is back; a Redis that keeps all of it accepts.',
      remedy: 'See whether it runs, and whether DATABASE_URL is right. Work goes on by itself.',
    },
  ]);
}
