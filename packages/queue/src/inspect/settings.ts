import { worstFirst } from '../contract/setting-check.ts';
import type { SettingCheck } from '../contract/setting-check.ts';
import { checkPostgres } from '../postgres/settings/settings.ts';
import { checkRedis } from '../redis/settings/settings.ts';
import { errorText } from '../util/error-text.ts';
import type { ViewSources } from './sources.ts';

/** Checks every setting of both stores that could lose something or slow it down. A store that is away is one check that fails. */
export async function checkStores(sources: ViewSources): Promise<SettingCheck[]> {
  const [redis, postgres] = await Promise.all([checkRedisOf(sources), checkPostgresOf(sources)]);
  return worstFirst([...redis, ...postgres]);
}

async function checkRedisOf({ redisClient, options, health }: ViewSources): Promise<SettingCheck[]> {
  if (redisClient === undefined) {
    return [
      {
        store: 'redis',
        setting: 'connection',
        value: 'not configured',
        severity: 'notice',
        message: 'Everything goes through Postgres; while that is away, submissions are refused.',
        remedy: 'Set REDIS_URL to a Redis that runs with appendonly yes, appendfsync always and noeviction.',
      },
    ];
  }
  const part = options.primary === 'redis' ? 'first' : 'second';
  return checkRedis(redisClient, part).catch((error: unknown) => [
    {
      store: 'redis',
      setting: 'connection',
      value: health().redis.lastError ?? errorText(error),
      severity: 'warning',
      message:
        'Redis cannot be reached. Everything goes through Postgres; if Postgres fails too, submissions are refused.',
      remedy:
        'Check that it runs, and that REDIS_URL is right. What waits in Postgres goes back to Redis by itself.',
    },
  ]);
}

async function checkPostgresOf({ pool, tables, options }: ViewSources): Promise<SettingCheck[]> {
  return checkPostgres(pool, tables, options.acceptConnections + options.workConnections).catch(
    (error: unknown) => [
      {
        store: 'postgres',
        setting: 'connection',
        value: errorText(error),
        severity: 'danger',
        message:
          'Postgres cannot be reached. Nothing is processed until it is back; a Redis that keeps everything on disk accepts.',
        remedy: 'Check that it runs, and that DATABASE_URL is right. Processing goes on by itself.',
      },
    ],
  );
}
