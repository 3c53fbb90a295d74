import { setTimeout as pause } from 'node:timers/promises';
import type { Rig } from '../rig.ts';
import { atLeast, cameBack, noted, redisForgot, redisWasMissed, workersDrained } from './bites.ts';
import type { Fault } from './fault.ts';
import { holdRedisConnection, readInfo, withBacklog } from './tools.ts';

const BUSY_AFTER_MS = 50;
const DEFAULT_BUSY_AFTER_MS = 5_000;
const EVICTION_TRIES = 50;
const LOOK_AGAIN_MS = 20;
const ROOM_BYTES = 1024 * 1024;

export const redisReadOnly: Fault = {
  name: 'redis-readonly',
  hits: 'redis',
  isAway: true,
  holdMs: [2_000, 4_000],
  inject: async ({ stores: { redis } }) => {
    await redis.setReadOnly(true);
    return () => redis.setReadOnly(false);
  },
  bites: (evidence) => [...redisWasMissed(evidence), ...workersDrained(evidence)],
};

export const redisNoReplicas: Fault = {
  name: 'redis-noreplicas',
  hits: 'redis',
  isAway: true,
  holdMs: [2_000, 4_000],
  inject: async ({ stores: { redis } }) => {
    await redis.config({ 'min-replicas-to-write': '1' });
    return () => redis.config({ 'min-replicas-to-write': '0' });
  },
  bites: (evidence) => [...redisWasMissed(evidence), ...workersDrained(evidence)],
};

export const redisOutOfMemory: Fault = {
  name: 'redis-oom',
  hits: 'redis',
  isAway: true,
  holdMs: [2_000, 4_000],
  inject: async (rig) => {
    const { redis } = rig.stores;
    await withBacklog(rig, () => redis.fill());
    return () => redis.unfill();
  },
  bites: (evidence) => [...redisWasMissed(evidence), ...cameBack(evidence)],
};

export const redisEviction: Fault = {
  name: 'redis-eviction',
  hits: 'redis',
  isAway: true,
  // Its settings are read every 5 s.
  holdMs: [6_000, 7_000],
  forgets: true,
  alone: true,
  inject: async (rig, { notes, strike }) => {
    const { redis } = rig.stores;
    const before = await readInfo(redis, 'stats', 'evicted_keys');
    await withBacklog(rig, async () => {
      strike();
      await evictSubmissions(rig);
    });
    return async () => {
      notes.set('evicted keys', (await readInfo(redis, 'stats', 'evicted_keys')) - before);
      await redis.config({ maxmemory: '0', 'maxmemory-policy': 'noeviction' });
    };
  },
  bites: (evidence) => [...noted(evidence, 'evicted keys'), ...redisForgot(evidence)],
};

/**
 * Sets the limit to half of the waiting submissions, until those are evicted: all other keys together would not free as
 * much. Then Redis accepts more, and evicts again when it is short of memory.
 */
async function evictSubmissions({ stores: { redis }, queueName, peer }: Rig): Promise<void> {
  // A peer keeps each job by itself: half of all the data is half of what waits.
  if (peer) {
    const usedBytes = await readInfo(redis, 'memory', 'used_memory');
    const dataBytes = await readInfo(redis, 'memory', 'used_memory_dataset');
    const maxmemory = String(Math.floor(usedBytes - dataBytes / 2));
    return redis.config({ 'maxmemory-policy': 'allkeys-lru', maxmemory });
  }
  const jobs = `spillway:{${queueName}}:jobs`;
  const waiting = String(await redis.command('HRANDFIELD', jobs));
  await redis.config({ 'maxmemory-policy': 'allkeys-lru' });
  for (let tries = 0; tries < EVICTION_TRIES; tries += 1) {
    const waitingBytes = Number(await redis.command('MEMORY', 'USAGE', jobs, 'SAMPLES', '0'));
    const usedBytes = await readInfo(redis, 'memory', 'used_memory');
    await redis.config({ maxmemory: String(Math.floor(usedBytes - waitingBytes / 2)) });
    if ((await redis.command('HEXISTS', jobs, waiting)) === 0) break;
    await pause(LOOK_AGAIN_MS);
  }
  const usedBytes = await readInfo(redis, 'memory', 'used_memory');
  await redis.config({ maxmemory: String(usedBytes + ROOM_BYTES) });
}

export const redisPause: Fault = {
  name: 'redis-pause',
  hits: 'redis',
  isAway: true,
  holdMs: [2_000, 4_000],
  inject: async ({ stores: { redis } }, { holdMs }) => {
    // The fault ends by itself: meanwhile Redis reads no commands, so no command could end it.
    await redis.command('CLIENT', 'PAUSE', String(holdMs), 'ALL');
    return async () => {};
  },
  bites: redisWasMissed,
};

export const redisPassword: Fault = {
  name: 'redis-password',
  hits: 'redis',
  isAway: true,
  holdMs: [2_000, 4_000],
  inject: async (rig) => {
    const inside = await holdRedisConnection(rig);
    await inside.call('CONFIG', 'SET', 'requirepass', 'changed');
    await inside.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    return async () => {
      await inside.call('CONFIG', 'SET', 'requirepass', '');
      inside.disconnect();
    };
  },
  bites: (evidence) => [...redisWasMissed(evidence), ...workersDrained(evidence)],
};

export const redisMaxClients: Fault = {
  name: 'redis-maxclients',
  hits: 'redis',
  isAway: true,
  holdMs: [2_000, 4_000],
  inject: async (rig) => {
    const inside = await holdRedisConnection(rig);
    await inside.call('CONFIG', 'SET', 'maxclients', '1');
    await inside.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    return async () => {
      await inside.call('CONFIG', 'SET', 'maxclients', '10000');
      inside.disconnect();
    };
  },
  bites: (evidence) => [...redisWasMissed(evidence), ...workersDrained(evidence)],
};

export const redisBusy: Fault = {
  name: 'redis-busy',
  hits: 'redis',
  isAway: true,
  holdMs: [2_000, 4_000],
  inject: async (rig, { notes }) => {
    const { redis } = rig.stores;
    const inside = await holdRedisConnection(rig);
    await redis.config({ 'busy-reply-threshold': String(BUSY_AFTER_MS) });
    const script = inside.call('EVAL', 'while true do end', '0').catch((error: unknown) => {
      notes.set('script ended', String(error).includes('killed') ? 1 : 0);
    });
    return async () => {
      await redis.command('SCRIPT', 'KILL');
      await script;
      inside.disconnect();
      await redis.config({ 'busy-reply-threshold': String(DEFAULT_BUSY_AFTER_MS) });
    };
  },
  bites: (evidence) => [
    ...redisWasMissed(evidence),
    ...atLeast('script ended', evidence.notes.get('script ended') ?? 0, 1),
  ],
};
