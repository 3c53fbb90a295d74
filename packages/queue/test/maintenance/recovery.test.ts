import { expect, it } from 'vitest';
import { Recovery } from '../../src/maintenance/recovery.ts';
import { RedisStore } from '../../src/redis/store.ts';
import { MemoryPostgres } from '../model/memory-postgres.ts';
import type { Carry } from '../model/memory-postgres.ts';
import { MemoryRedis } from '../model/memory-redis.ts';
import { MemoryRows } from '../model/memory-rows.ts';
import { envelope } from '../support.ts';
import { turn } from '../util/manual-clock.ts';

it('sends Redis pushes of at most a mebibyte, or of one row', async () => {
  const postgres = new MemoryPostgres();
  const receivedAtMs = Date.now() - 1_000;
  const sizes = [900_000, 200_000, 1_000_000, 1_040_000, 10, 10];
  postgres.push(
    sizes.map((size) => ({
      envelope: { ...envelope({ text: 'x'.repeat(size) }), receivedAtMs },
      runAtMs: receivedAtMs,
    })),
  );
  const redis = new MemoryRedis();
  const pushes: number[] = [];
  const store = new RedisStore(
    async (name, args) => {
      if (name === 'spillwayPush') pushes.push(Number(args[2]));
      return redis.run('recoverer', name, args);
    },
    { maxDepth: 100 },
  );
  const rows = new MemoryRows(postgres, async (_, act) => act());
  const recovery = new Recovery({ queue: 'test', redis: store, rows, highWater: 100 });
  expect((await recovery.runOnce()).pushed).toBe(sizes.length);
  expect(pushes).toEqual([1, 1, 1, 3]);
});

it('reports a mark that fails while more rows are pushed to Redis, and leaves no rejection unhandled', async () => {
  const postgres = new MemoryPostgres();
  const receivedAtMs = Date.now() - 1_000;
  postgres.push(
    [1, 2].map((n) => ({ envelope: { ...envelope({ n }), receivedAtMs }, runAtMs: receivedAtMs })),
  );
  const redis = new MemoryRedis();
  // A turn of the event loop passes before each answer of Redis: by then the failed mark would count as unhandled.
  const store = new RedisStore(
    async (name, args) => {
      await turn();
      return redis.run('recoverer', name, args);
    },
    { maxDepth: 100 },
  );
  const carry: Carry = async (label, act) => {
    if (label === 'mark pushed') throw new Error('Connection terminated unexpectedly');
    return act();
  };
  const recovery = new Recovery({
    queue: 'test',
    redis: store,
    rows: new MemoryRows(postgres, carry),
    highWater: 100,
  });
  await expect(recovery.runOnce()).rejects.toThrow('Connection terminated');
  expect([redis.jobs.size, postgres.rows.size]).toEqual([2, 2]);
});
