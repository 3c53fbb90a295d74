import { startRedis, waitFor } from '@spillway/devstack';
import { createQueue, createWorker } from '@spillway/queue';
import type { Queue } from '@spillway/queue';
import { describe, expect, it, onTestFinished } from 'vitest';
import { enqueueMany, expectOnceEach, recordEffects, useStories } from '../story.ts';
import { PATIENT } from '../support.ts';
import type { Story } from '../story.ts';

const { stack, begin } = useStories();

const isCopied = (queue: Queue) => waitFor(() => queue.stats().shadow?.waiting === 0);

/** Nothing of the submissions is left in Postgres but their outcomes. */
async function expectNothingLeft({ pool }: Story): Promise<void> {
  await waitFor(async () => {
    const { rows } = await pool.query(
      'SELECT id FROM spillway.shadow_groups UNION ALL SELECT id FROM spillway.fallback_submissions',
    );
    return rows.length === 0;
  });
}

describe('what Redis alone has acknowledged, with a shadow', () => {
  it('takes effect once after FLUSHALL', async () => {
    const story = await begin({ primary: 'redis', shadow: true });
    const ids = await enqueueMany(story.queue, 200);
    await isCopied(story.queue);
    await stack().redis.flush();
    story.work();
    await expectOnceEach(story, ids);
    await expectNothingLeft(story);
  });

  it('is processed straight from Postgres while Redis is away, and once', async () => {
    const story = await begin({ primary: 'redis', shadow: true });
    const ids = await enqueueMany(story.queue, 50);
    await isCopied(story.queue);
    await stack().redis.kill();
    onTestFinished(() => stack().redis.start());
    const worker = story.work();
    await expectOnceEach(story, ids);
    expect(worker.view().claimed.redis).toBe(0);
  });

  it('is processed by a worker that has no Redis any more', async () => {
    const story = await begin({ primary: 'redis', shadow: true });
    const ids = await enqueueMany(story.queue, 20);
    await isCopied(story.queue);
    const { postgres, name } = story.queue.options;
    const alone = createQueue({ ...PATIENT, name, postgres });
    onTestFinished(() => alone.close());
    createWorker(alone, { batch: recordEffects }, { pollMs: 100, recoverMs: 100 }).start();
    await expectOnceEach(story, ids);
  });

  it('leaves no rows behind where the worker is quicker', async () => {
    const story = await begin({ primary: 'redis', shadow: true });
    story.work();
    await expectOnceEach(story, await enqueueMany(story.queue, 50));
    await isCopied(story.queue);
    expect(story.queue.stats().shadow).toMatchObject({ written: 50, skipped: 0 });
    await expectNothingLeft(story);
  });

  it('keeps its data and its schedule in the copy', async () => {
    const story = await begin({ primary: 'redis', shadow: true });
    const at = new Date(Date.now() + 60 * 60 * 1_000);
    const data = { z: '\u0000 \ud800', a: 1e21 };
    const { id } = await story.queue.enqueue({ form: 'inbox', data, at });
    await isCopied(story.queue);
    await stack().redis.flush();
    story.work();
    await waitFor(async () => (await story.queue.inspect.list({ list: 'postgres' })).rows.length === 1);
    const found = await story.queue.inspect.find(id);
    expect(found?.payload).toBe(JSON.stringify(data));
    expect(await story.queue.status(id)).toMatchObject({ state: 'scheduled', runAt: at });
  });

  it('waits for a Postgres that is away, and is copied when it is back', async () => {
    const story = await begin({ primary: 'redis', shadow: true });
    await stack().postgres.kill();
    const ids = await enqueueMany(story.queue, 20);
    await waitFor(() => (story.queue.stats().shadow?.oldestMs ?? 0) > 50);
    expect(story.queue.stats().shadow).toMatchObject({ waiting: 20, written: 0 });
    await stack().postgres.start();
    await isCopied(story.queue);
    await stack().redis.flush();
    story.work();
    await expectOnceEach(story, ids);
  });

  it('is copied before the queue is closed', async () => {
    const story = await begin({ primary: 'redis', shadow: true });
    await enqueueMany(story.queue, 20);
    await story.queue.close();
    const { rows } = await story.pool.query<{ entries: string }>(
      'SELECT entries FROM spillway.shadow_groups',
    );
    expect(rows.flatMap(({ entries }) => JSON.parse(entries))).toHaveLength(20);
  });

  it('does not keep the queue from closing while Postgres is away', async () => {
    const story = await begin({ primary: 'redis', shadow: true });
    await stack().postgres.kill();
    await enqueueMany(story.queue, 5);
    await story.queue.close();
    await stack().postgres.start();
  });

  it('is copied by default while Redis has a replica', async () => {
    const story = await begin({ primary: 'redis' });
    await enqueueMany(story.queue, 1);
    expect(story.queue.stats().shadow).toMatchObject({ waiting: 0, written: 0 });
    const replica = await startRedis({ replicaOf: stack().redis });
    onTestFinished(() => replica.stop());
    await waitFor(async () => {
      await enqueueMany(story.queue, 1);
      return (story.queue.stats().shadow?.written ?? 0) > 0;
    });
  });
});

describe('a Redis that keeps nothing on disk', () => {
  async function hosted() {
    const redis = await startRedis({ settings: { appendonly: 'no' } });
    onTestFinished(() => redis.stop());
    return redis;
  }

  it('acknowledges as the last resort, says what it keeps, and Postgres gets a copy when it is back', async () => {
    const redis = await hosted();
    const story = await begin({ redis: redis.url });
    await waitFor(() => story.queue.health().redis.keeps === 'memory');
    await stack().postgres.kill();
    const accepted = await story.queue.enqueue({ form: 'inbox', data: {} });
    expect(accepted).toMatchObject({ via: 'redis', keeps: 'memory' });
    expect(story.queue.health()).toMatchObject({ accepts: true, postgres: { state: 'down' } });
    await stack().postgres.start();
    await isCopied(story.queue);
    await redis.flush();
    story.work();
    await expectOnceEach(story, [accepted.id]);
  });

  it('acknowledges nothing if the option turns that off', async () => {
    const redis = await hosted();
    const story = await begin({ redis: redis.url, lastResort: false });
    await stack().postgres.kill();
    onTestFinished(() => stack().postgres.start());
    await expect(story.queue.enqueue({ form: 'inbox', data: {} })).rejects.toMatchObject({
      code: 'NOT_ACCEPTED',
      indeterminate: false,
    });
  });
});
