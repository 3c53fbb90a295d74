import { EventEmitter, once } from 'node:events';
import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { waitFor } from '@spillway/devstack';
import type { BatchContext, Handler, Transaction } from '@spillway/queue';
import { enqueueMany, expectOnceEach, recordEffects, useStories } from '../story.ts';
import type { Story } from '../story.ts';
import { freshDatabase } from '../support.ts';
import { THROWN } from '../thrown.ts';

/*
 * Whose failure it is does not depend on how it looks: a failure that returns for the same submissions while Postgres takes writes is
 * theirs. The batch is halved until the one that fails is alone, and its attempts count.
 */

const { begin, stack } = useStories();

const MAX_ATTEMPTS = 3;
const WORKER = { maxAttempts: MAX_ATTEMPTS, backoffMs: { base: 1, max: 5 } };
const NEIGHBOURS = 99;

type Harm = (tx: Transaction, id: string, story: Story, context: BatchContext) => Promise<unknown>;

/** What a handler does to its own transaction, and only to that. */
const HARM: Readonly<Record<string, Harm>> = {
  'fails in a way that looks like a store that is shutting down': (tx) =>
    tx.execute(sql`DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '57P01'; END $$`),
  'makes its transaction read-only': (tx) => tx.execute(sql`SET TRANSACTION READ ONLY`),
  'renames the table that the queue clears': (tx) =>
    tx.execute(sql`ALTER TABLE spillway.fallback_submissions RENAME TO elsewhere`),
  'violates a constraint that is checked at the commit': (tx) =>
    tx.execute(sql`INSERT INTO follows VALUES (gen_random_uuid())`),
  'has its connection ended by an administrator': async (tx, _, { pool }) => {
    const { rows } = await tx.execute<{ pid: number }>(sql`SELECT pg_backend_pid() AS pid`);
    await pool.query('SELECT pg_terminate_backend($1, 5000)', [rows[0]?.pid]);
  },
  'leaves a statement running': async (tx) => void tx.execute(sql`SELECT 1`).catch(() => {}),
  'forgets the prepared statements of its connection': (tx) => tx.execute(sql`DEALLOCATE ALL; SELECT 1 / 0`),
};

/** Settles all but the culprit, to which it does harm. */
function harming(culprit: () => string, harm: Harm, story: Story, runs: { count: number }): Handler {
  return {
    batch: async (submissions, tx, context) => {
      await recordEffects(submissions, tx, context);
      if (!submissions.some(({ id }) => id === culprit())) return;
      runs.count += 1;
      await harm(tx, culprit(), story, context);
    },
  };
}

/** One bad submission in the middle of its neighbours, with the default batch and concurrency. */
async function playBad(
  story: Story,
  harm: Harm,
  neighbours = NEIGHBOURS,
): Promise<{ readonly runs: number }> {
  await story.pool.query(`CREATE TABLE followed (id uuid PRIMARY KEY);
    CREATE TABLE follows (id uuid REFERENCES followed DEFERRABLE INITIALLY DEFERRED)`);
  const ids = await enqueueMany(story.queue, neighbours + 1);
  const culprit = ids[Math.floor(neighbours / 2)] ?? '';
  const runs = { count: 0 };
  const worker = story.work(
    harming(() => culprit, harm, story, runs),
    WORKER,
  );
  await expectOnceEach(
    story,
    ids.filter((id) => id !== culprit),
  );
  await waitFor(async () => (await story.queue.status(culprit)).state === 'failed');
  expect(await story.queue.inspect.find(culprit)).toMatchObject({ attempts: MAX_ATTEMPTS });
  expect(worker.view()).toMatchObject({ settled: neighbours, dead: 1, retried: MAX_ATTEMPTS - 1 });
  expect(await story.effects()).toHaveLength(neighbours);
  return { runs: runs.count };
}

/** Each attempt halves the batch until the culprit is alone, and repeats it once where a store might have failed it. */
const RUNS_PER_ATTEMPT = Math.ceil(Math.log2(NEIGHBOURS + 1)) + 2;

describe('one bad submission among a hundred', () => {
  for (const [what, thrown] of Object.entries(THROWN)) {
    it(`that throws ${what} is dead after its attempts, and its neighbours are settled`, async () => {
      const { runs } = await playBad(await begin(), async () => {
        throw thrown();
      });
      expect(runs).toBeLessThanOrEqual(MAX_ATTEMPTS * RUNS_PER_ATTEMPT);
    });
  }

  for (const [what, harm] of Object.entries(HARM)) {
    it(`that ${what} is dead after its attempts, and its neighbours are settled`, async () => {
      const { runs } = await playBad(await begin(), harm);
      expect(runs).toBeLessThanOrEqual(MAX_ATTEMPTS * RUNS_PER_ATTEMPT);
    });
  }
});

describe('a connection that Postgres ends while a handler runs', () => {
  const TIMEOUTS = {
    idle_in_transaction_session_timeout: { state: '25P03', why: 'idle-in-transaction timeout' },
    transaction_timeout: { state: '25P04', why: 'transaction timeout' },
  };

  for (const [timeout, { state, why }] of Object.entries(TIMEOUTS)) {
    it(`aborts the signal of the handler, and is its failure, with the reason in words: ${timeout}`, async () => {
      const postgres = `${await freshDatabase(stack())}?options=${encodeURIComponent(`-c ${timeout}=1s`)}`;
      const story = await begin({ postgres });
      let running = 0;
      let most = 0;
      const waitsForItsEnd: Harm = async (_tx, _id, _story, { signal }) => {
        running += 1;
        most = Math.max(most, running);
        await once(signal, 'abort');
        running -= 1;
      };
      await playBad(story, waitsForItsEnd, 3);
      expect(most).toBe(1);
      const [found] = await story.queue.inspect.list({ list: 'dead' }).then(({ rows }) => rows);
      expect(found).toMatchObject({ lastError: expect.stringContaining(`(${state})`) });
      expect(found).toMatchObject({ lastError: expect.stringContaining(why) });
    });
  }

  it('is the store’s failure, and costs no attempt, where Postgres takes no writes', async () => {
    const story = await begin();
    const [id = ''] = await enqueueMany(story.queue, 1);
    const attempts: number[] = [];
    const began = new EventEmitter();
    const worker = story.work({
      batch: async (submissions, tx, context) => {
        attempts.push(...submissions.map(({ attempt }) => attempt));
        if (attempts.length === 1) {
          began.emit('first');
          await once(context.signal, 'abort');
        }
        await recordEffects(submissions, tx, context);
      },
    });
    await once(began, 'first');
    await stack().postgres.kill();
    await waitFor(() => worker.view().paused !== undefined);
    await stack().postgres.start();
    await expectOnceEach(story, [id]);
    expect(attempts).toEqual([1, 1]);
  });
});

describe('an external call', () => {
  const limits = { ...WORKER, leaseMs: 1_000 };

  for (const [what, thrown] of Object.entries(THROWN)) {
    it(`that throws ${what} is made as often as attempts are allowed, and holds up no other`, async () => {
      const story = await begin();
      const ids = await enqueueMany(story.queue, 10);
      const calls = new Map<string, number>();
      story.work(
        {
          external: async ({ id }) => {
            calls.set(id, (calls.get(id) ?? 0) + 1);
            if (id === ids[0]) throw thrown();
          },
        },
        limits,
      );
      await waitFor(async () => (await story.queue.status(ids[0] ?? '')).state === 'failed');
      await waitFor(async () =>
        (await statesOf(story, ids.slice(1))).every((state) => state === 'processed'),
      );
      expect(ids.map((id) => calls.get(id))).toEqual([MAX_ATTEMPTS, ...ids.slice(1).map(() => 1)]);
    });
  }

  it('is made as often as attempts are allowed, also where Postgres fails after each of them', async () => {
    const story = await begin();
    const [id = ''] = await enqueueMany(story.queue, 1);
    let calls = 0;
    const worker = story.work(
      {
        external: async () => {
          calls += 1;
          await stack().postgres.kill();
          throw new Error('the receiver is away');
        },
      },
      limits,
    );
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
      await waitFor(() => calls === attempt && worker.view().paused !== undefined);
      await stack().postgres.start();
    }
    await waitFor(async () => (await story.queue.status(id).catch(() => undefined))?.state === 'failed');
    expect(calls).toBe(MAX_ATTEMPTS);
  });

  it('counts as an attempt where its worker stops before it has ended', async () => {
    const story = await begin();
    const [id = ''] = await enqueueMany(story.queue, 1);
    const attempts: number[] = [];
    const began = new EventEmitter();
    const handler: Handler = {
      external: async ({ attempt }, { signal }) => {
        attempts.push(attempt);
        began.emit('call');
        if (attempt > 1) return;
        await once(signal, 'abort');
        throw new Error('interrupted');
      },
    };
    const first = story.work(handler, { ...limits, graceMs: 1 });
    await once(began, 'call');
    await first.stop();
    story.work(handler, limits);
    await waitFor(async () => (await story.queue.status(id)).state === 'processed');
    expect(attempts).toEqual([1, 2]);
  });
});

async function statesOf({ queue }: Story, ids: readonly string[]): Promise<string[]> {
  return Promise.all(ids.map(async (id) => (await queue.status(id)).state));
}
