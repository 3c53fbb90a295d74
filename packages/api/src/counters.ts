import { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible';
import type { RateLimiterAbstract } from 'rate-limiter-flexible';

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

/** Makes counters that all processes share. */
export type Counters = (options: CounterOptions) => RateLimiterAbstract;

/**
 * Counts in Redis, so that several web processes count together. Without Redis, or while it is away, hangs or refuses,
 * each process counts in its own memory: an outage must not let everybody in, and still less keep everybody out.
 */
export function createCounters(redis: string | undefined, shutdown: AbortSignal): Counters {
  const storeClient = redis === undefined ? undefined : connect(redis);
  shutdown.addEventListener('abort', () => storeClient?.disconnect(), { once: true });
  return ({ name, points, durationS }) => {
    const limit = { keyPrefix: KEY_PREFIX + name, points, duration: durationS };
    const insuranceLimiter = new RateLimiterMemory(limit);
    if (!storeClient) return insuranceLimiter;
    // Who is over the limit is refused from memory: a flood is not handed on to Redis.
    const refusedHere = { inMemoryBlockOnConsumed: points + 1 };
    return new RateLimiterRedis({
      ...limit,
      ...refusedHere,
      storeClient,
      insuranceLimiter,
      rejectIfRedisNotReady: true,
    });
  };
}

function connect(url: string): Redis {
  const client = new Redis(url, {
    connectTimeout: SOCKET_TIMEOUT_MS,
    socketTimeout: SOCKET_TIMEOUT_MS,
    commandTimeout: COMMAND_TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    retryStrategy: (times) => Math.min(MAX_PAUSE_MS, 50 * 2 ** Math.min(times, 10)),
  });
  // The queue's own connection tells of what is wrong with Redis; unheard, this one's error would end the process.
  client.on('error', () => {});
  return client;
}
