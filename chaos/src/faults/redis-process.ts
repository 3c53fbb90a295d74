import { setTimeout as pause } from 'node:timers/promises';
import { startProxy, startRedis, waitFor } from '@spillway/devstack';
import { redisForgot, redisWasMissed, workersDrained } from './bites.ts';
import type { Fault } from './fault.ts';
import { withBacklog } from './tools.ts';

const LAG_MS = 1_000;

export const redisSigkill: Fault = {
  name: 'redis-sigkill',
  hits: 'redis',
  isAway: true,
  holdMs: [2_000, 4_000],
  inject: async (rig, { strike }) => {
    const { redis } = rig.stores;
    await withBacklog(rig, async () => {
      strike();
      await redis.kill();
    });
    return () => redis.start();
  },
  bites: (evidence) => [...redisWasMissed(evidence), ...workersDrained(evidence)],
};

export const redisFreeze: Fault = {
  name: 'redis-freeze',
  hits: 'redis',
  isAway: true,
  // Workers take 2 s to give a silent Redis up.
  holdMs: [4_000, 5_000],
  inject: async ({ stores: { redis } }) => {
    await redis.freeze();
    return () => redis.resume();
  },
  bites: (evidence) => [...redisWasMissed(evidence), ...workersDrained(evidence)],
};

export const redisRestartEmpty: Fault = {
  name: 'redis-restart-empty',
  hits: 'redis',
  isAway: true,
  holdMs: [2_000, 3_000],
  forgets: true,
  inject: async (rig, { strike }) => {
    const { redis } = rig.stores;
    await withBacklog(rig, async () => {
      strike();
      await redis.restartEmpty();
    });
    return async () => {};
  },
  bites: (evidence) => [...redisForgot(evidence), ...newEpoch(evidence)],
};

export const redisFlushall: Fault = {
  name: 'redis-flushall',
  hits: 'redis',
  isAway: false,
  holdMs: [2_000, 3_000],
  forgets: true,
  inject: async (rig, { strike }) => {
    await withBacklog(rig, async () => {
      strike();
      await rig.stores.redis.flush();
    });
    return async () => {};
  },
  bites: (evidence) => [...redisForgot(evidence), ...newEpoch(evidence)],
};

/** The primary dies while its replica is behind, and the replica takes its place. */
export const redisFailover: Fault = {
  name: 'redis-failover',
  hits: 'redis',
  isAway: true,
  holdMs: [2_000, 3_000],
  forgets: true,
  alone: true,
  inject: async (rig, { strike, notes }) => {
    const former = rig.stores.redis;
    const link = await startProxy({ port: former.port });
    const replica = await startRedis();
    // Not by its configuration: it would be a replica again after a later restart.
    await replica.command('REPLICAOF', link.host, String(link.port));
    await waitFor(async () =>
      String(await replica.command('INFO', 'replication')).includes('master_link_status:up'),
    );
    await withBacklog(rig, async () => {
      link.blackhole();
      await pause(LAG_MS);
      strike();
      await former.kill();
      await replica.setReadOnly(false);
      rig.stores.promote(replica);
    });
    await link.close();
    notes.set('replica promoted', 1);
    return async () => {};
  },
  bites: redisForgot,
};

function newEpoch({ epochs: [before, after] }: Parameters<Fault['bites']>[0]): string[] {
  return before !== after ? [] : [`Redis' epoch: still ${before}, expected another`];
}
