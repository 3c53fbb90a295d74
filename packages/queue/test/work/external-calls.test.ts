import { waitFor } from '@spillway/devstack';
import { expect, it } from 'vitest';
import { enqueueMany, useStories } from '../story.ts';

const { begin } = useStories();

it('50 external calls run at once within 8 connections to Postgres', async () => {
  const story = await begin({ acceptConnections: 2, workConnections: 6 });
  const { promise: release, resolve } = Promise.withResolvers<void>();
  let running = 0;
  const external = async () => {
    running += 1;
    await release;
  };
  const ids = await enqueueMany(story.queue, 50);
  story.work({ external }, { concurrency: 50 });
  await waitFor(() => running === 50);
  const { rows } = await story.pool.query<{ count: number }>(
    "SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'spillway %'",
  );
  expect(rows[0]?.count).toBeLessThanOrEqual(8);
  resolve();
  await waitFor(async () => {
    const states = await Promise.all(ids.map((id) => story.queue.status(id)));
    return states.every(({ state }) => state === 'processed');
  });
  expect(running).toBe(50);
});
