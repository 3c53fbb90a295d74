import { expect, it } from 'vitest';
import { waitFor } from '@spillway/devstack';
import type { ShadowLog } from '../../src/contract/ledger.ts';
import { RecoveryLoop } from '../../src/maintenance/recovery-loop.ts';
import { Recovery } from '../../src/maintenance/recovery.ts';
import { RedisStore } from '../../src/redis/store.ts';
import { MemoryPostgres } from '../model/memory-postgres.ts';
import { MemoryRedis } from '../model/memory-redis.ts';
import { MemoryRows } from '../model/memory-rows.ts';
import { envelope } from '../support.ts';

it('pushes what waits although the copies cannot become rows, and reports that', async () => {
  const postgres = new MemoryPostgres();
  const receivedAtMs = Date.now() - 1_000;
  postgres.push([{ envelope: { ...envelope(), receivedAtMs }, runAtMs: receivedAtMs }]);
  const redis = new MemoryRedis();
  const store = new RedisStore(async (name, args) => redis.run('worker', name, args), { maxDepth: 100 });
  const rows = new MemoryRows(postgres, async (_, act) => act());
  const shadow: ShadowLog = {
    write: () => Promise.resolve(),
    unfold: () => Promise.reject(new Error('permission denied for table shadow_groups')),
  };
  const reported: string[] = [];
  const loop = new RecoveryLoop({
    recovery: new Recovery({ queue: 'test', redis: store, rows, highWater: 100 }),
    shadow,
    everyMs: 10,
    canWrite: () => true,
    canPush: () => true,
    report: (_, event, message) => reported.push(`${event} ${message}`),
  });
  const running = loop.run();
  await waitFor(() => redis.jobs.size === 1);
  loop.stop();
  await running;
  expect(reported[0]).toContain('recovery_failed');
  expect(reported[0]).toContain('permission denied');
});
