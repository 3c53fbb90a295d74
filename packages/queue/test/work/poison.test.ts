import { sql } from 'drizzle-orm';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { waitFor } from '@spillway/devstack';
import { newId, PermanentError } from '@spillway/queue';
import type { BatchHandler, Handler } from '@spillway/queue';
import { KEY_PREFIX } from '../../src/redis/connection.ts';
import { enqueueMany, expectOnceEach, recordEffects, useStories } from '../story.ts';

const { stack, begin } = useStories();

/** Long enough that a busy machine extends it in time, short enough to wait for its end. */
const LEASE_MS = 2_000;
const BACKOFF = { backoffMs: { base: 1, max: 5 }, maxAttempts: 2 };

/** Records effects, but does `harm` where the culprit is among the submissions. */
function unless(culprit: () => string | undefined, harm: BatchHandler): Handler {
  return {
    // Not async on purpose: what it throws at once must count like what it rejects with.
    batch: (submissions, tx, context) =>
      submissions.some((one) => one.id === culprit())
        ? harm(submissions, tx, context)
        : recordEffects(submissions, tx, context),
  };
}

describe('one bad submission among many', () => {
  const HARM: Record<string, BatchHandler> = {
    'throws at once': () => {
      throw new Error('thrown, not rejected');
    },
    'exceeds a limit of Postgres that looks like a store that is full': async (_, tx) => {
      await tx.execute(sql`DO $$ BEGIN RAISE EXCEPTION 'too much' USING ERRCODE = '53400'; END $$`);
    },
    'rolls a transaction of its own back, and then fails': async (_, tx) => {
      await tx.transaction(async (inner) => inner.execute(sql`SELECT 1`));
      throw new Error('after an inner transaction');
    },
    'ends in a failed transaction that its handler hides': async (_, tx) => {
      await tx.execute(sql`SELECT 1 / 0`).catch(() => 'ignored');
    },
  };

  for (const [what, harm] of Object.entries(HARM)) {
    it(`that ${what} ends dead, and takes nobody along`, async () => {
      const story = await begin();
      const ids = await enqueueMany(story.queue, 5);
      const [culprit = '', ...others] = ids;
      const worker = story.work(
        unless(() => culprit, harm),
        BACKOFF,
      );
      await waitFor(async () => (await story.queue.status(culprit)).state === 'failed');
      await expectOnceEach(story, others);
      expect(worker.view()).toMatchObject({ dead: 1, paused: undefined });
    });
  }

  it('that stands in Redis without being one holds up nobody', async () => {
    const story = await begin();
    const client = new Redis(stack().redis.url);
    const key = `${KEY_PREFIX}{${story.queue.name}}:`;
    await client.hset(`${key}jobs`, 'bogus', '1 digest 0 form\n{}', newId(), 'no envelope');
    await client.rpush(`${key}ready`, 'bogus');
    client.disconnect();
    const ids = await enqueueMany(story.queue, 3);
    story.work();
    await expectOnceEach(story, ids);
  });
});

describe('a transaction inside the handler', () => {
  it('is a savepoint: what it rolls back is gone, and the rest happens with the outcome', async () => {
    const story = await begin();
    const [id = ''] = await enqueueMany(story.queue, 1);
    story.work({
      batch: async (submissions, tx, context) => {
        const undone = tx.transaction(async (inner) => {
          await recordEffects(submissions, inner, context);
          inner.rollback();
        });
        await undone.catch(() => 'rolled back on purpose');
        await recordEffects(submissions, tx, context);
      },
    });
    await waitFor(async () => (await story.queue.status(id)).state === 'processed');
    await expectOnceEach(story, [id]);
  });
});

describe('what waits in Postgres', () => {
  it('is worked on while Redis is full, though Redis answers', async () => {
    const story = await begin();
    const worker = story.work();
    await waitFor(() => worker.view().workingFrom === 'redis');
    await stack().redis.fill();
    try {
      const ids = await enqueueMany(story.queue, 10);
      await expectOnceEach(story, ids);
    } finally {
      await stack().redis.unfill();
    }
  });

  it('is recovered however much in Redis is scheduled for later', async () => {
    const story = await begin({ highWater: 5 });
    const at = new Date(Date.now() + 24 * 60 * 60 * 1_000);
    for (let n = 0; n < 8; n += 1) await story.queue.enqueue({ form: 'inbox', data: { n }, at });
    await stack().redis.kill();
    const ids = await enqueueMany(story.queue, 1);
    await stack().redis.start();
    await waitFor(() => story.queue.health().redis.state === 'up');
    await waitFor(async () => (await story.queue.recover()).pushed > 0);
    story.work();
    await expectOnceEach(story, ids);
  });
});

describe('an external call', () => {
  it('is made by one worker only while Redis is away for longer than its lease', async () => {
    const story = await begin({ primary: 'postgres' });
    let calls = 0;
    const { promise: finish, resolve: release } = Promise.withResolvers<void>();
    const handler: Handler = {
      external: async () => {
        calls += 1;
        await finish;
      },
    };
    const workers = [story.work(handler, { leaseMs: LEASE_MS }), story.work(handler, { leaseMs: LEASE_MS })];
    await waitFor(() => workers.some((worker) => worker.view().workingFrom === 'redis'));
    const [id = ''] = await enqueueMany(story.queue, 1);
    await waitFor(() => calls === 1);
    await stack().redis.kill();
    const longerThanTheLeaseMs = performance.now() + 2 * LEASE_MS;
    await waitFor(() => performance.now() > longerThanTheLeaseMs);
    release();
    await stack().redis.start();
    await waitFor(async () => (await story.queue.status(id)).state === 'processed');
    expect(calls).toBe(1);
  });
});

it.each(['batch', 'external'] as const)(
  'what a handler (%s) calls unrecoverable is dead after one attempt, alone, and can be retried',
  async (kind) => {
    const story = await begin();
    const [culprit = '', other = ''] = await enqueueMany(story.queue, 2);
    let isHeld = true;
    const refuse = (id: string) => {
      if (isHeld && id === culprit) throw new PermanentError('held: not now');
    };
    const handler: Handler =
      kind === 'batch'
        ? {
            batch: async (submissions, tx, context) => {
              for (const { id } of submissions) refuse(id);
              await recordEffects(submissions, tx, context);
            },
          }
        : { external: async ({ id }) => refuse(id) };
    const worker = story.work(handler, { ...BACKOFF, maxAttempts: 20 });
    const stateOf = async (id: string) => (await story.queue.status(id)).state;
    await waitFor(async () => (await stateOf(culprit)) === 'failed');
    await waitFor(async () => (await stateOf(other)) === 'processed');
    expect(await story.queue.inspect.find(culprit)).toMatchObject({
      attempts: 1,
      error: 'PermanentError: held: not now',
    });
    expect(worker.view()).toMatchObject({ dead: 1, retried: 0 });
    isHeld = false;
    await story.queue.retry([culprit]);
    await waitFor(async () => (await stateOf(culprit)) === 'processed');
  },
);
