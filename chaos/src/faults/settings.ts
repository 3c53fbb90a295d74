import { waitFor } from '@spillway/devstack';
import { noted, postgresWasMissed } from './bites.ts';
import type { Fault } from './fault.ts';
import { holdRedisConnection, readInfo, repeatedly, withBacklog } from './tools.ts';

const KILL_EVERY_MS = 100;
/** Less than a connection takes that waits, so that some go at each look. */
const CLIENT_MEMORY = '100kb';
/** Settings are read every 5 s. */
const SETTINGS_READ_MS = 6_000;
/** For each key, microseconds: writing the first log takes longer than the fault. */
const SLOW_SAVE_US = 20_000_000;

/** A standby that commits wait for is away. No timeout of the server's ends such a wait. */
export const postgresStandbyAway: Fault = {
  name: 'postgres-standby-away',
  hits: 'postgres',
  isAway: true,
  holdMs: [8_000, 10_000],
  alone: true,
  inject: async ({ stores: { admin } }, { strike }) => {
    await admin.query("ALTER SYSTEM SET synchronous_standby_names = 'away'");
    await admin.query('SELECT pg_reload_conf()');
    strike();
    return async () => {
      await admin.query('ALTER SYSTEM RESET synchronous_standby_names');
      await admin.query('SELECT pg_reload_conf()');
    };
  },
  bites: postgresWasMissed,
};

/** Redis ends its clients' connections, as an administrator does or a limit of theirs. */
export const redisClientsKilled: Fault = {
  name: 'redis-clients-killed',
  hits: 'redis',
  isAway: true,
  holdMs: [3_000, 4_000],
  inject: async (rig, { notes }) => {
    const inside = await holdRedisConnection(rig);
    let killed = 0;
    const stop = repeatedly(KILL_EVERY_MS, async () => {
      killed += Number(await inside.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'));
    });
    return async () => {
      await stop();
      inside.disconnect();
      notes.set('clients killed', killed);
    };
  },
  bites: (evidence) => noted(evidence, 'clients killed', 10),
};

/** The clients together use more memory than they may: Redis ends those that use most. */
export const redisClientsEvicted: Fault = {
  name: 'redis-clients-evicted',
  hits: 'redis',
  isAway: true,
  holdMs: [3_000, 4_000],
  inject: async (rig, { notes }) => {
    const { redis } = rig.stores;
    const inside = await holdRedisConnection(rig);
    await inside.call('CLIENT', 'NO-EVICT', 'on');
    const before = await readInfo(redis, 'stats', 'evicted_clients');
    await inside.call('CONFIG', 'SET', 'maxmemory-clients', CLIENT_MEMORY);
    return async () => {
      await inside.call('CONFIG', 'SET', 'maxmemory-clients', '0');
      inside.disconnect();
      notes.set('clients evicted', (await readInfo(redis, 'stats', 'evicted_clients')) - before);
    };
  },
  bites: (evidence) => noted(evidence, 'clients evicted'),
};

/** The log has just been turned on: the settings say so, and its first writing is not over when Redis is killed. */
export const redisLogBegins: Fault = {
  name: 'redis-log-begins',
  hits: 'redis',
  isAway: true,
  holdMs: [SETTINGS_READ_MS, SETTINGS_READ_MS + 1_000],
  forgets: 'unkept',
  alone: true,
  inject: async (rig, { strike, notes }) => {
    const { redis } = rig.stores;
    await redis.config({ appendonly: 'no' });
    const { queue } = rig;
    await waitFor(() => queue.health().redis.keeps !== 'disk', { message: 'the queue to see the log end' });
    await redis.config({ 'rdb-key-save-delay': String(SLOW_SAVE_US) });
    await redis.config({ appendonly: 'yes' });
    strike();
    return async () => {
      notes.set('logs begun', await readInfo(redis, 'persistence', 'aof_rewrite_in_progress'));
      await withBacklog(rig, () => redis.kill());
      await redis.start();
    };
  },
  bites: (evidence) => noted(evidence, 'logs begun'),
};
