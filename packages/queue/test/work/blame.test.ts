import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { waitFor } from '@spillway/devstack';
import type { Handler, Transaction } from '@spillway/queue';
import { enqueueMany, expectOnceEach, recordEffects, useStories } from '../story.ts';
import type { Story } from '../story.ts';

/*
 * Whose failure it is does not depend on how it looks: a failure that returns for the same submissions while Postgres takes writes is
 * theirs. The batch is halved until the one that fails is alone, and its attempts count.
 */

const { begin } = useStories();

const MAX_ATTEMPTS = 3;
const WORKER = { maxAttempts: MAX_ATTEMPTS, backoffMs: { base: 1, max: 5 } };
const NEIGHBOURS = 99;

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function throwing(): never {
  throw new Error('cannot be read');
}

function circular(): Error {
  const error = new Error('goes round');
  error.cause = error;
  return error;
}

const THROWN: Readonly<Record<string, () => unknown>> = {
  'a value without a prototype': () => Object.create(null),
  'a list of such values': () => [Object.create(null)],
  'a revoked Proxy': revoked,
  'a Proxy of an error, which throws when it is read': () =>
    new Proxy(new Error('hidden'), { get: throwing, getPrototypeOf: () => Error.prototype }),
  'a value whose toString throws': () => ({ toString: throwing }),
  'an error whose message throws': () =>
    Object.defineProperty(new Error('hidden'), 'message', { get: throwing }),
  'an error whose code and cause throw': () =>
    Object.defineProperties(new Error('hidden'), {
      code: { get: throwing },
      severity: { get: throwing },
      cause: { get: throwing },
    }),
  'an error whose message is no text': () =>
    Object.assign(new Error('hidden'), { message: Object.create(null) }),
  'an error that is its own cause': circular,
  'a frozen error': () => Object.freeze(new Error('frozen')),
  'an error of ten million characters': () => new Error('x'.repeat(10_000_000)),
  undefined: () => undefined,
  'a symbol': () => Symbol('bad'),
};

type Harm = (tx: Transaction, id: string, story: Story) => Promise<unknown>;

/** What a handler does to its own transaction, and only to that. */
const HARM: Readonly<Record<string, Harm>> = {
  'fails in a way that looks like a store that is shutting down': (tx) =>
    tx.execute(sql`DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '57P01'; END $$`),
  'makes its transaction read-only': (tx) => tx.execute(sql`SET TRANSACTION READ ONLY`),
  'renames the table that the queue clears': (tx) =>
    tx.execute(sql`ALTER TABLE fallback_submissions RENAME TO elsewhere`),
  'violates a constraint that is checked at the commit': (tx) =>
    tx.execute(sql`INSERT INTO follows VALUES (gen_random_uuid())`),
  'has its connection ended by an administrator': async (tx, _, { pool }) => {
    const { rows } = await tx.execute<{ pid: number }>(sql`SELECT pg_backend_pid() AS pid`);
    await pool.query('SELECT pg_terminate_backend($1, 5000)', [rows[0]?.pid]);
  },
  'forgets the prepared statements of its connection': (tx) => tx.execute(sql`DEALLOCATE ALL; SELECT 1 / 0`),
};

/** Settles all but the culprit, to which it does harm. */
function harming(culprit: () => string, harm: Harm, story: Story, runs: { count: number }): Handler {
  return {
    batch: async (submissions, tx, context) => {
      await recordEffects(submissions, tx, context);
      if (!submissions.some(({ id }) => id === culprit())) return;
      runs.count += 1;
      await harm(tx, culprit(), story);
    },
  };
}

/** One bad submission in the middle of its neighbours, with the default batch and concurrency. */
async function playBad(story: Story, harm: Harm): Promise<{ readonly runs: number }> {
  await story.pool.query(`CREATE TABLE followed (id uuid PRIMARY KEY);
    CREATE TABLE follows (id uuid REFERENCES followed DEFERRABLE INITIALLY DEFERRED)`);
  const ids = await enqueueMany(story.queue, NEIGHBOURS + 1);
  const culprit = ids[Math.floor(NEIGHBOURS / 2)] ?? '';
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
  expect(worker.view()).toMatchObject({ settled: NEIGHBOURS, dead: 1, retried: MAX_ATTEMPTS - 1 });
  expect(await story.effects()).toHaveLength(NEIGHBOURS);
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
