import { atLeast, cameBack, noted, redisForgot, redisWasMissed, workersDrained } from './bites.ts';
import type { Fault } from './fault.ts';
import { holdRedisConnection, withBacklog } from './tools.ts';

const BUSY_AFTER_MS = 50;
const DEFAULT_BUSY_AFTER_MS = 5_000;
const EVICTION_SHARE = 0.75;

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
    const count = async (name: string, section: string) =>
      Number(
        new RegExp(`${name}:(\\d+)`).exec(String(await redis.command('INFO', section)))?.[1] ?? Number.NaN,
      );
    const before = await count('evicted_keys', 'stats');
    await withBacklog(rig, async () => {
      strike();
      const bytes = Math.floor((await count('used_memory', 'memory')) * EVICTION_SHARE);
      await redis.config({ 'maxmemory-policy': 'allkeys-lru', maxmemory: String(bytes) });
    });
    return async () => {
      notes.set('evicted keys', (await count('evicted_keys', 'stats')) - before);
      await redis.config({ maxmemory: '0', 'maxmemory-policy': 'noeviction' });
    };
  },
  bites: (evidence) => [...noted(evidence, 'evicted keys'), ...redisForgot(evidence)],
};

export const redisPause: Fault = {
  name: 'redis-pause',
  hits: 'redis',
  isAway: true,
  holdMs: [2_000, 4_000],
  inject: async ({ stores: { redis } }, { holdMs }) => {
    // It ends by itself: while it lasts, Redis hears nobody, whoever would end it included.
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
