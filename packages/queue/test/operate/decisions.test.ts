import { sql } from 'drizzle-orm';
import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { waitFor } from '@spillway/devstack';
import type { BatchHandler } from '@spillway/queue';
import { enqueueMany, expectOnceEach, recordEffects, useStories } from '../story.ts';

const { stack, begin } = useStories();
const HOUR_MS = 60 * 60 * 1_000;

const inAnHour = () => new Date(Date.now() + HOUR_MS);

describe('discarding waiting submissions', () => {
  it('keeps them on record with their payload and without an effect, in either store', async () => {
    const story = await begin();
    const inRedis = await enqueueMany(story.queue, 4);
    await stack().redis.kill();
    const inPostgres = await enqueueMany(story.queue, 4);
    await stack().redis.start();
    await waitFor(() => story.queue.health().redis.state === 'up');
    const given = [inRedis[0], inPostgres[0]].map(String);
    expect((await story.queue.discard(given)).toSorted()).toEqual(given.toSorted());
    for (const id of given) {
      expect(await story.queue.inspect.find(id)).toMatchObject({
        state: 'discarded',
        payload: expect.stringContaining('{'),
      });
    }
    expect(await story.queue.discard(given)).toEqual([]);
    story.work();
    await expectOnceEach(story, [...inRedis.slice(1), ...inPostgres.slice(1)]);
    await waitFor(async () => (await story.queue.inspect.overview()).redis.depth?.ready === 0);
  });

  it('deletes the row and its copy in Redis together', async () => {
    const story = await begin();
    await stack().redis.kill();
    const [id = ''] = await enqueueMany(story.queue, 1);
    await stack().redis.start();
    await waitFor(() => story.queue.health().redis.state === 'up');
    await waitFor(async () => (await story.queue.recover()).pushed === 1);
    expect(await story.queue.discard([id])).toEqual([id]);
    const { redis, postgres } = await story.queue.inspect.overview();
    expect([redis.depth?.ready, postgres.depth?.ready]).toEqual([0, 0]);
  });

  it('does not change submissions that a worker has claimed', async () => {
    const story = await begin();
    const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
    const slow: BatchHandler = async (submissions, tx, context) => {
      await held;
      await recordEffects(submissions, tx, context);
    };
    const [id = ''] = await enqueueMany(story.queue, 1);
    const worker = story.work({ batch: slow });
    await waitFor(() => worker.view().inFlight === 1);
    expect(await story.queue.discard([id])).toEqual([]);
    letGo();
    await expectOnceEach(story, [id]);
    expect((await story.queue.status(id)).state).toBe('processed');
  });

  it('and processing at the same time: each is either processed once or discarded, and none is lost', async () => {
    const story = await begin();
    const ids = await enqueueMany(story.queue, 1_000);
    story.work(undefined, { batchSize: 20, concurrency: 4 });
    const discarded: string[] = [];
    // From the end, towards the workers.
    for (let end = ids.length; end > 0; end -= 50) {
      discarded.push(...(await story.queue.discard(ids.slice(end - 50, end))));
    }
    const processed = ids.filter((id) => !discarded.includes(id));
    await expectOnceEach(story, processed);
    expect(new Set(discarded).size).toBe(discarded.length);
    for (const id of discarded.slice(0, 20)) {
      expect((await story.queue.status(id)).state).toBe('discarded');
    }
  });

  it('happens together with the writes of the transaction hook, or not at all', async () => {
    const story = await begin();
    const [first = '', second = ''] = await enqueueMany(story.queue, 2);
    await expect(
      story.queue.discard([first], () => Promise.reject(new Error('no record, no discard'))),
    ).rejects.toThrow();
    expect((await story.queue.status(first)).state).toBe('waiting');
    await story.queue.discard([second], async (ids, tx) => {
      await tx.execute(sql`INSERT INTO effects SELECT * FROM unnest(${sql.param(ids)}::uuid[])`);
    });
    expect(await story.effects()).toEqual([second]);
  });
});

describe('requeuing', () => {
  it('makes scheduled submissions due, in both stores, and nothing else', async () => {
    const story = await begin();
    const data = { n: 1 };
    const later = await story.queue.enqueue({ form: 'inbox', data, at: inAnHour() });
    const now = await story.queue.enqueue({ form: 'inbox', data });
    await stack().redis.kill();
    const laterHere = await story.queue.enqueue({ form: 'inbox', data, at: inAnHour() });
    expect(laterHere.via).toBe('postgres');
    await stack().redis.start();
    await waitFor(() => story.queue.health().redis.state === 'up');
    const ids = [later.id, laterHere.id];
    expect((await story.queue.status(later.id)).state).toBe('scheduled');
    const told: string[] = [];
    const requeued = await story.queue.requeue([...ids, now.id], async (done) => void told.push(...done));
    expect(requeued.toSorted()).toEqual(ids.toSorted());
    expect(told.toSorted()).toEqual(ids.toSorted());
    expect(await story.queue.requeue(ids)).toEqual([]);
    story.work();
    await expectOnceEach(story, [...ids, now.id]);
  });
});

describe('a paused worker', () => {
  it('claims nothing, reports that, and continues when it is resumed', async () => {
    const story = await begin();
    const worker = story.work();
    const before = await enqueueMany(story.queue, 3);
    await expectOnceEach(story, before);
    worker.pause('worker');
    expect(worker.view()).toMatchObject({ workingFrom: 'none', paused: expect.stringContaining('operator') });
    const after = await enqueueMany(story.queue, 3);
    await waitFor(async () => (await story.queue.inspect.overview()).redis.depth?.ready === 3);
    // A slot that was on its way when it was paused would have come by here; on a slow machine this shows less.
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await story.effects()).length).toBe(before.length);
    worker.resume('worker');
    await expectOnceEach(story, [...before, ...after]);
    expect(worker.view()).toMatchObject({ workingFrom: 'redis', paused: undefined });
  });

  it('continues to work if only its recovery is paused, and leaves rows in Postgres', async () => {
    const story = await begin();
    const worker = story.work();
    worker.pause('recovery');
    await waitFor(() => worker.view().workingFrom === 'redis');
    const client = await story.pool.connect();
    const waiting: string[] = [];
    await client.query('BEGIN');
    for (const n of [1, 2, 3])
      waiting.push((await story.queue.enqueueIn(client, { form: 'inbox', data: { n } })).id);
    await client.query('COMMIT');
    client.release();
    const through = await enqueueMany(story.queue, 3);
    await expectOnceEach(story, through);
    expect(worker.view().recoveryPaused).toBe(true);
    worker.resume('recovery');
    await expectOnceEach(story, [...waiting, ...through]);
  });
});

it('says that Postgres is read-only where an action needs to write, and does it once that is over', async () => {
  const story = await begin();
  const [id = ''] = await enqueueMany(story.queue, 1);
  const admin = new pg.Client({ connectionString: stack().postgres.url });
  await admin.connect();
  onTestFinished(() => admin.end());
  const setReadOnly = async (to: 'on' | 'off') => {
    await admin.query(`ALTER SYSTEM SET default_transaction_read_only = ${to}`);
    await admin.query('SELECT pg_reload_conf()');
  };
  onTestFinished(() => setReadOnly('off'));
  await setReadOnly('on');
  await waitFor(async () => {
    const [check] = (await story.queue.inspect.checkSettings()).filter(({ store }) => store === 'postgres');
    return check?.setting === 'default_transaction_read_only' && check.severity === 'danger';
  });
  await expect(story.queue.discard([id])).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    message: expect.stringContaining('is read-only'),
  });
  await setReadOnly('off');
  await waitFor(async () => (await story.queue.discard([id]).catch(() => undefined))?.[0] === id);
});
