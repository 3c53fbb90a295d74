import { readRedisAddress } from '@spillway/queue';
import { Cluster, Redis } from 'ioredis';
import type { RedisOptions } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';

const KEY_PREFIX = 'spillway:count:';
/** What a count may cost a submission while Redis does not answer. */
const COMMAND_TIMEOUT_MS = 100;
/** After which silence the connection is given up, and nothing waits for it any more. */
const SOCKET_TIMEOUT_MS = 500;
const MAX_PAUSE_MS = 1000;

interface CounterOptions {
  readonly name: string;
  /** How many are let through in `durationS`. */
  readonly points: number;
  readonly durationS: number;
}

/** Counts one more for the key. Rejects with `RateLimiterRes` when it is one too many. */
type Count = (key: string) => Promise<RateLimiterRes>;

/** Makes counters that all processes share. */
export type Counters = (options: CounterOptions) => Count;

/**
 * Counts in each process's memory, and in Redis too, so that several processes count together; the stricter one holds. So
 * an outage of Redis lets nobody in who was out, keeps nobody out who was in, and no count begins anew at its edges.
 */
export function createCounters(redis: string | undefined, shutdown: AbortSignal): Counters {
  const storeClient = redis === undefined ? undefined : connect(redis);
  shutdown.addEventListener('abort', () => storeClient?.disconnect(), { once: true });
  return ({ name, points, durationS }) => {
    const limit = { keyPrefix: KEY_PREFIX + name, points, duration: durationS };
    const own = new RateLimiterMemory(limit);
    if (!storeClient) return (key) => own.consume(key);
    const shared = new RateLimiterRedis({ ...limit, storeClient, rejectIfRedisNotReady: true });
    return async (key) => {
      // Its own memory first: a flood is refused from there, and not handed on to Redis.
      const counted = await own.consume(key);
      const countedTogether = await shared.consume(key).catch((error: unknown) => {
        if (error instanceof RateLimiterRes) throw error;
        return counted;
      });
      return countedTogether.consumedPoints > counted.consumedPoints ? countedTogether : counted;
    };
  };
}

function connect(address: string): Redis | Cluster {
  const target = readRedisAddress(address);
  const node = {
    connectTimeout: SOCKET_TIMEOUT_MS,
    socketTimeout: SOCKET_TIMEOUT_MS,
    commandTimeout: COMMAND_TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    replyMapping: 'legacy',
    // deploy/redis.acl does not allow CLIENT SETINFO, and ACL LOG would note it.
    disableClientInfo: true,
  } satisfies RedisOptions;
  const retryStrategy = (times: number) => Math.min(MAX_PAUSE_MS, 50 * 2 ** Math.min(times, 10));
  const one = { ...node, enableOfflineQueue: false, retryStrategy } satisfies RedisOptions;
  const client =
    target instanceof Cluster
      ? target.duplicate([], {
          lazyConnect: false,
          redisOptions: node,
          enableOfflineQueue: false,
          clusterRetryStrategy: retryStrategy,
        })
      : typeof target === 'string'
        ? new Redis(target, one)
        : new Redis({ ...target, ...one });
  // The queue's own connection tells of what is wrong with Redis; unheard, this one's error would end the process.
  client.on('error', () => {});
  return client;
}
