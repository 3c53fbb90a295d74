import { once } from 'node:events';
import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { waitFor } from '@spillway/devstack';
import type { BatchHandler, Handler, QueueEvent } from '@spillway/queue';
import { enqueueMany, expectOnceEach, recordEffects, useStories } from '../story.ts';

/* Handlers that do not end, on real stores. */

const { stack, begin } = useStories();

const never = new Promise<never>(() => {});
const LIMITS = {
  timeoutMs: 300,
  leaseMs: 1_500,
  maxAttempts: 2,
  backoffMs: { base: 1, max: 2 },
};

/** Hangs where the culprit is among the submissions, and ignores its signal. */
function hangingOn(kind: 'batch' | 'external', culprit: () => string): Handler {
  if (kind === 'external') return { external: async ({ id }) => (id === culprit() ? never : undefined) };
  return {
    batch: async (submissions, tx, context) => {
      if (submissions.some(({ id }) => id === culprit())) await never;
      await recordEffects(submissions, tx, context);
    },
  };
}

describe.each(['batch', 'external'] as const)('a handler (%s) that never ends', (kind) => {
  it('fails its attempts, frees its slot, and leaves its submission dead', async () => {
    const events: QueueEvent[] = [];
    const story = await begin({ onEvent: (event) => events.push(event) });
    const [culprit = '', ...others] = await enqueueMany(story.queue, 5);
    const worker = story.work(
      hangingOn(kind, () => culprit),
      { ...LIMITS, concurrency: 1 },
    );
    for (const id of others) await waitFor(async () => (await story.queue.status(id)).state === 'processed');
    await waitFor(async () => (await story.queue.status(culprit)).state === 'failed');
    const dead = await story.queue.inspect.find(culprit);
    expect(dead).toMatchObject({
      attempts: 2,
      error: 'TimeLimitError: The handler did not end within 300 ms (timeoutMs).',
    });
    const names = events.map(({ event }) => event);
    expect(names).toContain('handler_timed_out');
    await waitFor(() => worker.view().handlers.overdue > 0);
    const { handlers, inFlight } = worker.view();
    expect(handlers.abandoned).toBe(handlers.running);
    expect(handlers.oldestAt).toBeInstanceOf(Date);
    expect(inFlight).toBe(0);
    await waitFor(() => events.some(({ event }) => event === 'handler_overdue'));
  });

  it('does not run beside itself in its process before its lease is over', async () => {
    const story = await begin();
    const [id = ''] = await enqueueMany(story.queue, 1);
    const startedMs: number[] = [];
    const run = () => {
      startedMs.push(performance.now());
      return never;
    };
    story.work(kind === 'batch' ? { batch: run } : { external: run }, { ...LIMITS, timeoutMs: 100 });
    await waitFor(async () => (await story.queue.status(id)).state === 'failed');
    const [first = 0, second = 0] = startedMs;
    expect(startedMs).toHaveLength(2);
    expect(second - first).toBeGreaterThanOrEqual(LIMITS.leaseMs);
  });

  it('has the time of its form', async () => {
    const story = await begin();
    const reasons: unknown[] = [];
    const wait = async (signal: AbortSignal) => {
      await once(signal, 'abort');
      reasons.push(signal.reason);
      throw signal.reason;
    };
    const handler: Handler =
      kind === 'batch'
        ? { batch: (_submissions, _tx, { signal }) => wait(signal) }
        : { external: (_submission, { signal }) => wait(signal) };
    story.work(handler, { maxAttempts: 1, forms: { quick: { timeoutMs: 50 } } });
    const { id } = await story.queue.enqueue({ form: 'quick', data: {} });
    await waitFor(async () => (await story.queue.status(id)).state === 'failed');
    expect(reasons).toMatchObject([{ message: 'The handler did not end within 50 ms (timeoutMs).' }]);
  });
});

it('a batch that runs out of time is not handled again, in part either, while its handler runs on', async () => {
  const story = await begin();
  const ids = await enqueueMany(story.queue, 4);
  const startedMs: number[] = [];
  const batch: BatchHandler = async (submissions, tx, context) => {
    startedMs.push(performance.now());
    if (submissions.length > 1) await never;
    await recordEffects(submissions, tx, context);
  };
  story.work({ batch }, { ...LIMITS, concurrency: 1 });
  await expectOnceEach(story, ids);
  const [first = 0, second = 0] = startedMs;
  // The time of the handler, and what was left of its lease.
  expect(second - first).toBeGreaterThanOrEqual(LIMITS.leaseMs);
});

describe('what a handler does after its time', () => {
  it('takes no effect, though it runs on and reports success', async () => {
    const story = await begin();
    const [id = ''] = await enqueueMany(story.queue, 1);
    const { promise: isDead, resolve: letGo } = Promise.withResolvers<void>();
    const { promise: wrote, resolve: tell } = Promise.withResolvers<unknown>();
    const late: BatchHandler = async (submissions, tx, context) => {
      await recordEffects(submissions, tx, context);
      await isDead;
      await recordEffects(submissions, tx, context).then(tell, tell);
    };
    story.work({ batch: late }, { ...LIMITS, maxAttempts: 1 });
    await waitFor(async () => (await story.queue.status(id)).state === 'failed');
    letGo();
    expect(await wrote).toBeInstanceOf(Error);
    expect(await story.effects()).toEqual([]);
  });

  it('is no further attempt, though its statement runs on and holds the outcome', async () => {
    const story = await begin();
    const [id = ''] = await enqueueMany(story.queue, 1);
    let calls = 0;
    let slept = false;
    const handler: BatchHandler = async (_submissions, tx) => {
      calls += 1;
      await tx.execute(sql`SELECT pg_sleep(3)`);
      slept = true;
    };
    const worker = story.work({ batch: handler }, { ...LIMITS, maxAttempts: 1 });
    await waitFor(async () => (await story.queue.status(id)).state === 'failed');
    // Its connection was destroyed, and nothing waited for the statement.
    expect({ calls, slept }).toEqual({ calls: 1, slept: false });
    expect((await story.queue.inspect.find(id))?.error).toContain('did not end within 300 ms');
    expect(worker.view()).toMatchObject({ dead: 1, inFlight: 0 });
  });
});

describe('a connection that is lost while its handler runs', () => {
  it('aborts the signal, and the handler does not run beside itself', async () => {
    const story = await begin({ primary: 'postgres' });
    const { promise: began, resolve: tell } = Promise.withResolvers<void>();
    let running = 0;
    let most = 0;
    let aborted = 0;
    const slow: BatchHandler = async (submissions, tx, context) => {
      running += 1;
      most = Math.max(most, running);
      tell();
      if (aborted === 0) {
        await once(context.signal, 'abort');
        aborted += 1;
        // A handler that is told takes a moment to end.
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
      running -= 1;
      if (!context.signal.aborted) await recordEffects(submissions, tx, context);
    };
    story.work({ batch: slow });
    const [id = ''] = await enqueueMany(story.queue, 1);
    await began;
    await story.pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction' AND datname = current_database()`,
    );
    await waitFor(async () => (await story.queue.status(id)).state === 'processed');
    expect({ aborted, most }).toEqual({ aborted: 1, most: 1 });
    await expectOnceEach(story, [id]);
  });
});

describe('submissions that a frozen worker holds in its transactions', () => {
  it('hold up none of those that are free', async () => {
    const story = await begin({ primary: 'postgres' });
    const held = await enqueueMany(story.queue, 80);
    const frozen = await story.pool.connect();
    try {
      // What a frozen worker leaves: a transaction with the outcomes of its batch, and no end of it.
      await frozen.query('BEGIN');
      await frozen.query(
        `INSERT INTO spillway.submission_outcomes (queue, id, form, status, attempts, generation, digest, received_at)
         SELECT queue, id, form, 'done', 1, generation, digest, created_at FROM spillway.fallback_submissions WHERE queue = $1`,
        [story.queue.name],
      );
      const startedMs = performance.now();
      story.work(undefined, { concurrency: 4, batchSize: 2 });
      const free = await enqueueMany(story.queue, 200);
      await waitFor(async () => (await story.effects()).length === free.length);
      // If each batch waited for five seconds, as a lock is waited for elsewhere, the held ones alone would take 50 s.
      expect(performance.now() - startedMs).toBeLessThan(20_000);
      expect((await story.effects()).toSorted()).toEqual(free.toSorted());
    } finally {
      await frozen.query('ROLLBACK');
      frozen.release();
    }
    await waitFor(async () => (await story.effects()).length === held.length + 200);
  });
});

describe('a spell in which Postgres takes no writes', () => {
  it('is over for all slots within a second of its end', async () => {
    const story = await begin();
    const worker = story.work({ batch: recordEffects }, { recoverMs: 60_000 });
    await waitFor(() => worker.view().workingFrom === 'redis');
    await stack().postgres.setReadOnly(true);
    const ids = await enqueueMany(story.queue, 20);
    await waitFor(() => worker.view().paused !== undefined);
    // Long enough for pauses that double to have grown to seconds.
    const longMs = performance.now() + 6_000;
    await waitFor(() => performance.now() > longMs);
    await stack().postgres.setReadOnly(false);
    const overMs = performance.now();
    await waitFor(() => worker.view().paused === undefined);
    expect(performance.now() - overMs).toBeLessThan(1_000);
    await expectOnceEach(story, ids);
  });
});
