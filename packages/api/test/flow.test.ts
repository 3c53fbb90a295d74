import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addFlow, flowMinutes } from '@spillway/db';
import { waitFor } from '@spillway/devstack';
import { someone, startWorld } from './world.ts';
import type { World } from './world.ts';

const MINUTE_MS = 60_000;

let world: World;

beforeAll(async () => {
  world = await startWorld();
});

afterAll(() => world.stop());

const minute = (ago: number) => new Date((Math.floor(Date.now() / MINUTE_MS) - ago) * MINUTE_MS);

describe('the flow by the minute', () => {
  it('adds up the counts of all processes, and shows minutes without a count as gaps', async () => {
    const { api, db, queue } = await world.start();
    await addFlow(db, queue.name, [
      { minute: minute(5), redis: 3, postgres: 0 },
      { minute: minute(4), redis: 1, postgres: 2 },
    ]);
    await addFlow(db, queue.name, [{ minute: minute(5), redis: 4, postgres: 1 }]);
    await addFlow(db, queue.name, [{ minute: minute(5), settled: 6, dead: 1 }]);
    const { points, everyMs } = await api.callAs(someone('viewer')).admin.flow({ range: '1h' });
    expect(everyMs).toBe(MINUTE_MS);
    expect(points).toHaveLength(60);
    const at = (ago: number) => points.find((point) => point.at === minute(ago).toISOString());
    expect(at(5)).toMatchObject({ redis: 7, postgres: 1, settled: 6, dead: 1 });
    expect(at(4)).toMatchObject({ redis: 1, postgres: 2, settled: null, dead: null });
    expect(at(3)).toMatchObject({ redis: null, postgres: null, settled: null, dead: null });
    for (const [range, count] of [
      ['24h', 144],
      ['7d', 168],
    ] as const) {
      const wide = await api.callAs(someone('viewer')).admin.flow({ range });
      expect(wide.points).toHaveLength(count);
      expect(wide.points.reduce((sum, point) => sum + (point.redis ?? 0), 0)).toBe(8);
    }
  });

  it('deletes minutes that are older than its longest range', async () => {
    const { db, queue } = await world.start();
    await addFlow(db, queue.name, [{ minute: minute(9 * 24 * 60), redis: 1 }]);
    await addFlow(db, queue.name, [{ minute: minute(0), redis: 1 }]);
    expect(await db.$count(flowMinutes, sql`queue = ${queue.name}`)).toBe(1);
  });

  it('counts submissions that this process accepts, keeps the counts while Postgres is away, and writes them after', async () => {
    const { api, db, queue } = await world.start({ countsFlow: true });
    const caller = api.callAs(someone('viewer'));
    await caller.submission.submit({ data: { n: 1 } });
    await world.postgres.kill();
    await caller.submission.submit({ data: { n: 2 } });
    await world.postgres.start();
    await waitFor(() => db.$count(flowMinutes).catch(() => 0));
    await api.close();
    const { rows } = await db.execute<{ n: number }>(
      sql`SELECT sum(redis)::int AS n FROM flow_minutes WHERE queue = ${queue.name}`,
    );
    expect(rows[0]?.n).toBe(2);
  });
});
