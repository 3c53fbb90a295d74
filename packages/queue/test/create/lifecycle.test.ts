import { once } from 'node:events';
import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { waitFor } from '@spillway/devstack';
import { newId } from '@spillway/queue';
import type { Handler } from '@spillway/queue';
import { enqueueMany, expectOnceEach, recordEffects, useStories } from '../story.ts';
import { openQueue } from '../support.ts';

const { stack, begin } = useStories();

describe('a submission', () => {
  it('goes through Redis, is processed once, and leaves nothing behind', async () => {
    const story = await begin();
    const worker = story.work();
    const accepted = await story.queue.enqueue({ form: 'inbox', data: { hello: 'world' } });
    expect(accepted).toMatchObject({ via: 'redis', keeps: 'disk', duplicate: false });
    await expectOnceEach(story, [accepted.id]);
    await waitFor(async () => (await story.queue.status(accepted.id)).state === 'processed');
    await waitFor(async () => (await story.queue.inspect.overview()).redis.depth?.active === 0);
    expect((await story.queue.inspect.overview()).redis.depth).toMatchObject({
      ready: 0,
      delayed: 0,
      active: 0,
    });
    expect(worker.view()).toMatchObject({ workingFrom: 'redis', settled: 1 });
  });

  it('takes effect once, however often it is sent', async () => {
    const story = await begin();
    story.work();
    const input = { id: newId(), form: 'inbox', data: { n: 1 } };
    const accepted = await Promise.all(Array.from({ length: 20 }, () => story.queue.enqueue(input)));
    expect(new Set(accepted.map((one) => one.id))).toEqual(new Set([input.id]));
    await waitFor(async () => (await story.queue.status(input.id)).state === 'processed');
    await story.queue.enqueue(input);
    await waitFor(async () => (await story.queue.inspect.overview()).redis.depth?.ready === 0);
    await expectOnceEach(story, [input.id]);
  });

  it('is taken by Postgres while Redis is dead, worked off from there, and flows through Redis again afterwards', async () => {
    const story = await begin();
    const worker = story.work();
    const before = await enqueueMany(story.queue, 20);
    await stack().redis.kill();
    const during = await Promise.all(
      Array.from({ length: 50 }, (_, n) => story.queue.enqueue({ form: 'inbox', data: { n } })),
    );
    expect(during.every((one) => one.via === 'postgres' && one.keeps === 'disk')).toBe(true);
    await waitFor(async () => (await story.effects()).length >= during.length);
    expect(worker.view().workingFrom).toBe('postgres');
    await stack().redis.start();
    await waitFor(() => story.queue.health().redis.state === 'up' && worker.view().workingFrom === 'redis');
    const after = await story.queue.enqueue({ form: 'inbox', data: {} });
    expect(after.via).toBe('redis');
    await expectOnceEach(story, [...before, ...during.map((one) => one.id), after.id]);
  });

  it('waits in Postgres without a worker, and recovery moves it to Redis without deleting it', async () => {
    const story = await begin();
    await stack().redis.kill();
    const ids = await enqueueMany(story.queue, 30);
    expect((await story.queue.inspect.list({ list: 'postgres', limit: 10 })).rows).toHaveLength(10);
    expect(await story.queue.inspect.list({ list: 'postgres' })).toMatchObject({
      matching: 30,
      capped: false,
    });
    await stack().redis.start();
    await waitFor(() => story.queue.health().redis.state === 'up');
    // What has just come is left alone for a moment, so that one pass need not be enough.
    await waitFor(async () => {
      await story.queue.recover();
      return (await story.queue.inspect.overview()).redis.depth?.ready === 30;
    });
    expect(
      (await story.queue.inspect.list({ list: 'postgres' })).rows.every((row) =>
        row.heldBy.includes('redis'),
      ),
    ).toBe(true);
    story.work();
    await expectOnceEach(story, ids);
    expect((await story.queue.inspect.list({ list: 'postgres' })).matching).toBe(0);
  });

  it('that Redis has forgotten is pushed again, where Postgres is primary', async () => {
    const story = await begin({ primary: 'postgres' });
    const ids = await enqueueMany(story.queue, 10);
    await waitFor(async () => (await story.queue.inspect.overview()).redis.depth?.ready === 10);
    await stack().redis.flush();
    story.work();
    await expectOnceEach(story, ids);
  });

  it('survives a Postgres that is killed while it is being settled', async () => {
    const story = await begin();
    const worker = story.work({ batch: recordEffects }, { leaseMs: 2_000 });
    const ids = await enqueueMany(story.queue, 300);
    await stack().postgres.kill();
    await waitFor(() => worker.view().paused !== undefined || worker.view().settled === 300);
    await stack().postgres.start();
    await expectOnceEach(story, ids);
    expect(worker.view()).toMatchObject({ failed: 0, dead: 0 });
  });

  it('waits while Postgres has been made read-only, and that burns no attempt', async () => {
    const story = await begin();
    // Without a recovery that would be the first to notice.
    const worker = story.work({ batch: recordEffects }, { recoverMs: 60_000 });
    await waitFor(() => worker.view().workingFrom === 'redis');
    await stack().postgres.setReadOnly(true);
    const ids = await enqueueMany(story.queue, 20);
    await waitFor(() => worker.view().paused !== undefined);
    expect(await story.effects()).toEqual([]);
    await stack().postgres.setReadOnly(false);
    await expectOnceEach(story, ids);
    expect(worker.view()).toMatchObject({ failed: 0, dead: 0 });
  });

  it('is accepted by Redis from the first moment of a process on, while Postgres is away', async () => {
    const story = await begin({ primary: 'postgres' });
    await stack().postgres.kill();
    const { queue } = await openQueue(stack(), { postgres: stack().postgres.url, primary: 'postgres' });
    expect(await queue.enqueue({ form: 'inbox', data: {} })).toMatchObject({ via: 'redis', keeps: 'disk' });
    await queue.close();
    await stack().postgres.start();
    await waitFor(() => story.queue.health().postgres.state === 'up');
  });

  it('is accepted although its queue is closed meanwhile, and what comes later is told so', async () => {
    const story = await begin();
    const accepting = enqueueMany(story.queue, 50);
    const closing = story.queue.close();
    await expect(story.queue.enqueue({ form: 'inbox', data: {} })).rejects.toMatchObject({ code: 'CLOSED' });
    expect(await accepting).toHaveLength(50);
    await closing;
  });

  it('is refused truthfully when both stores are away, and accepted with the same id afterwards', async () => {
    const story = await begin();
    const input = { id: newId(), form: 'inbox', data: { n: 1 } };
    await Promise.all([stack().redis.kill(), stack().postgres.kill()]);
    await expect(story.queue.enqueue(input)).rejects.toMatchObject({
      code: 'NOT_ACCEPTED',
      indeterminate: false,
    });
    await Promise.all([stack().redis.start(), stack().postgres.start()]);
    story.work();
    await waitFor(() =>
      story.queue.enqueue(input).then(
        () => true,
        () => false,
      ),
    );
    await expectOnceEach(story, [input.id]);
  });
});

describe('an attempt that fails', () => {
  it('is repeated with a delay until it succeeds, without taking neighbours along', async () => {
    const story = await begin();
    let culprit = '';
    const attempts: number[] = [];
    const flaky: Handler = {
      batch: async (submissions, tx, context) => {
        const found = submissions.find((one) => one.id === culprit);
        if (found && submissions.length === 1) attempts.push(found.attempt);
        if (found && found.attempt < 3) throw new Error('not yet');
        await recordEffects(submissions, tx, context);
      },
    };
    const ids = await enqueueMany(story.queue, 20);
    culprit = ids[7] ?? '';
    story.work(flaky, { backoffMs: { base: 1, max: 5 }, batchSize: 20 });
    await expectOnceEach(story, ids);
    expect(attempts).toEqual([1, 2, 3]);
  });

  it('for the last time leaves the submission dead, with its payload and its history', async () => {
    const story = await begin();
    const { id } = await story.queue.enqueue({ form: 'inbox', data: { keep: 'me\u0000' } });
    const worker = story.work(
      { batch: () => Promise.reject(new Error('never \u0000 ever')) },
      { backoffMs: { base: 1, max: 1 }, maxAttempts: 3 },
    );
    await waitFor(async () => (await story.queue.status(id)).state === 'failed');
    const detail = await story.queue.inspect.find(id);
    expect(detail?.payload).toBe(JSON.stringify({ keep: 'me\u0000' }));
    expect(detail?.history.map((record) => record.attempt)).toEqual([1, 2, 3]);
    expect(detail?.error).toContain('never');
    expect(worker.view()).toMatchObject({ dead: 1, failed: 3 });
  });

  it('is one, too, where the handler hides that its transaction has failed', async () => {
    const story = await begin();
    const [id = ''] = await enqueueMany(story.queue, 1);
    story.work(
      {
        batch: async (_submissions, tx) => {
          await tx.execute(sql`SELECT 1 / 0`).catch(() => 'ignored');
        },
      },
      { maxAttempts: 1 },
    );
    await waitFor(async () => (await story.queue.status(id)).state === 'failed');
    expect(await story.queue.inspect.find(id)).toMatchObject({
      attempts: 1,
      payload: JSON.stringify({ n: 0 }),
    });
  });

  it('ends in a submission that an operator can retry, once, or discard', async () => {
    const story = await begin();
    let broken = true;
    const handler: Handler = {
      batch: async (submissions, tx, context) => {
        if (broken) throw new Error('not repaired yet');
        await recordEffects(submissions, tx, context);
      },
    };
    const ids = await enqueueMany(story.queue, 2);
    story.work(handler, { maxAttempts: 1 });
    const states = () => Promise.all(ids.map(async (id) => (await story.queue.status(id)).state));
    await waitFor(async () => (await states()).every((state) => state === 'failed'));
    broken = false;
    const [retried = '', discarded = ''] = ids;
    expect(await story.queue.retry([retried, newId(), 'no id'])).toEqual([retried]);
    expect(await story.queue.retry([retried])).toEqual([]);
    expect(await story.queue.discard([discarded])).toEqual([discarded]);
    await waitFor(async () => (await states()).join() === 'processed,discarded');
    await expectOnceEach(story, [retried]);
  });

  it('finds other content under its id late, and keeps it as a dead submission of its own', async () => {
    const story = await begin();
    const id = newId();
    await story.queue.enqueue({ id, form: 'inbox', data: { first: true } });
    await stack().redis.kill();
    await story.queue.enqueue({ id, form: 'inbox', data: { second: true } });
    await stack().redis.start();
    await waitFor(() => story.queue.health().redis.state === 'up');
    story.work();
    const other = await waitFor(async () => {
      const { rows } = await story.pool.query<{ id: string; payload: string }>(
        'SELECT id, payload FROM spillway.submission_outcomes WHERE conflicts_with = $1',
        [id],
      );
      return rows[0];
    });
    await expectOnceEach(story, [id]);
    expect(await story.queue.inspect.find(other.id)).toMatchObject({
      state: 'failed',
      conflictsWith: id,
      payload: other.payload,
    });
  });
});

describe('an external handler', () => {
  it('is called once for each submission, and again only after a failure, with the same key', async () => {
    const story = await begin();
    const calls: string[] = [];
    const ids = await enqueueMany(story.queue, 5);
    story.work(
      {
        external: async (submission, { idempotencyKey, attempt }) => {
          calls.push(idempotencyKey);
          if (submission.id === ids[0] && attempt === 1) throw new Error('receiver is away');
        },
      },
      { backoffMs: { base: 1, max: 5 } },
    );
    await waitFor(async () => {
      const states = await Promise.all(ids.map((id) => story.queue.status(id)));
      return states.every((status) => status.state === 'processed');
    });
    const counts = ids.map((id) => calls.filter((key) => key.endsWith(id)).length);
    expect(counts).toEqual([2, 1, 1, 1, 1]);
  });

  it('is not called again because settling failed', async () => {
    const story = await begin();
    const { id } = await story.queue.enqueue({ form: 'inbox', data: {} });
    let calls = 0;
    const worker = story.work({
      external: async () => {
        calls += 1;
        await stack().postgres.kill();
      },
    });
    await waitFor(() => worker.view().paused !== undefined);
    await stack().postgres.start();
    await waitFor(async () => (await story.queue.status(id)).state === 'processed');
    expect(calls).toBe(1);
  });
});

describe('a worker that stops', () => {
  it('finishes what runs, gives back the rest, and another goes on', async () => {
    const story = await begin();
    const ids = await enqueueMany(story.queue, 50);
    const { promise: started, resolve: start } = Promise.withResolvers<void>();
    const slow: Handler = {
      batch: async (submissions, tx, context) => {
        start();
        await recordEffects(submissions, tx, context);
      },
    };
    const first = story.work(slow, { batchSize: 5, concurrency: 1 });
    await started;
    await first.stop();
    const settled = (await story.effects()).length;
    expect(settled).toBeGreaterThan(0);
    expect(first.view().inFlight).toBe(0);
    story.work();
    await expectOnceEach(story, ids);
  });

  it('does not wait longer than its grace, and releases what it could not finish', async () => {
    const story = await begin();
    const [id = ''] = await enqueueMany(story.queue, 1);
    const { promise: started, resolve: start } = Promise.withResolvers<void>();
    const stuck = story.work(
      {
        external: async (_submission, { signal }) => {
          start();
          await once(signal, 'abort');
          throw signal.reason;
        },
      },
      { graceMs: 100 },
    );
    await started;
    await stuck.stop();
    expect((await story.queue.status(id)).state).not.toBe('processed');
  });
});
