import { startRedis, waitFor } from '@spillway/devstack';
import { createQueue, createWorker, migrate, newId } from '@spillway/queue';
import type { Queue, QueueOptions, StoreName, SubmissionInput } from '@spillway/queue';
import { repeat } from '../closed-loop.ts';
import { data } from '../payload.ts';
import type { Database, Harness } from '../harness.ts';
import { workOff } from '../work-off.ts';
import type { Consumer, Courier, Entrant, Producer } from './competitor.ts';

const FILLERS = 512;
const SUBMISSION = { form: 'inbox', data } as const;

export interface Spillway extends AsyncDisposable {
  readonly queue: Queue;
  readonly database: Database;
  /** Deletes all rows of the queue's two tables. */
  readonly clear: () => Promise<void>;
}

/** A queue on a fresh database, once it sees Redis as it is. */
export async function openSpillway(harness: Harness, options: Partial<QueueOptions> = {}): Promise<Spillway> {
  const database = await harness.database();
  await migrate(database.url);
  const queue = createQueue({ name: 'bench', redis: harness.redis.url, postgres: database.url, ...options });
  await waitFor(() => queue.health().postgres.keeps !== 'unknown', { message: 'Postgres to be audited' });
  if (queue.options.redis !== undefined)
    await waitFor(() => queue.health().redis.keeps === 'disk', { message: 'Redis to be audited' });
  return {
    queue,
    database,
    clear: async () =>
      void (await database.pool.query(
        'TRUNCATE spillway.fallback_submissions, spillway.submission_outcomes',
      )),
    [Symbol.asyncDispose]: async () => {
      await queue.close();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** The same behind an outage: it has seen its Redis, a server of its own, which is killed. */
async function openSpillwayInOutage(harness: Harness): Promise<Spillway> {
  const redis = await startRedis();
  const spillway = await openSpillway({ ...harness, redis });
  await redis.kill();
  await waitFor(() => spillway.queue.health().redis.state === 'down', { message: 'the breaker to open' });
  return spillway;
}

export const redisFirst: Entrant<Producer> = {
  name: 'Spillway, Redis first',
  open: async (harness) => produce(await openSpillway(harness, { primary: 'redis' }), 'redis'),
};

export const postgresFirst: Entrant<Producer> = {
  name: 'Spillway, Postgres first',
  open: async (harness) => produce(await openSpillway(harness, { primary: 'postgres' }), 'postgres'),
};

export const redisAway: Entrant<Producer> = {
  name: 'Spillway, Redis away',
  open: async (harness) => produce(await openSpillwayInOutage(harness), 'postgres'),
};

/** The same with ids of the sender, as in a form: each may be a repeat, and is looked up. */
export const redisAwayWithIds: Entrant<Producer> = {
  name: 'Spillway, Redis away, with ids',
  open: async (harness) =>
    produce(await openSpillwayInOutage(harness), 'postgres', () => ({ ...SUBMISSION, id: newId() })),
};

function produce(
  { queue, clear, ...rest }: Spillway,
  expected: StoreName,
  submission: () => SubmissionInput = () => SUBMISSION,
): Producer {
  let total = 0;
  let elsewhere = 0;
  return {
    submit: async () => {
      const { via } = await queue.enqueue(submission());
      total += 1;
      if (via !== expected) elsewhere += 1;
    },
    clear,
    note: () =>
      elsewhere === 0
        ? undefined
        : `${((elsewhere / total) * 100).toFixed(2)} % were acknowledged by the other store`,
    ...rest,
  };
}

/** Through Redis; each submission with its outcome row. */
export const redisWorker: Entrant<Consumer> = {
  name: 'Spillway worker',
  open: async (harness) => consume(await openSpillway(harness, { primary: 'redis' })),
};

/** Straight from Postgres, in an outage; each submission with its outcome row. */
export const drainWorker: Entrant<Consumer> = {
  name: 'Spillway worker, Redis away',
  open: async (harness) => consume(await openSpillwayInOutage(harness)),
};

function consume({ queue, clear, ...rest }: Spillway): Consumer {
  return {
    fill: async (count) => {
      await clear();
      await repeat(count, FILLERS, () => queue.enqueue(SUBMISSION));
    },
    drain: async (count) => (await workOff(queue, count)).tookMs,
    ...rest,
  };
}

export const courier: Entrant<Courier> = { name: 'Spillway enqueue to handler', open: openCourier };

async function openCourier(harness: Harness): Promise<Courier> {
  const { queue, ...rest } = await openSpillway(harness, { primary: 'redis' });
  let handled = () => {};
  const worker = createWorker(queue, { batch: async () => handled() });
  worker.start();
  await waitFor(() => worker.view().workingFrom === 'redis', { message: 'the worker to work from Redis' });
  return {
    send: async () => {
      const atHandler = new Promise<number>((resolve) => (handled = () => resolve(performance.now())));
      const sentMs = performance.now();
      await queue.enqueue(SUBMISSION);
      const tookMs = (await atHandler) - sentMs;
      await waitFor(() => worker.view().inFlight === 0, { intervalMs: 1, message: 'the worker to be idle' });
      return tookMs;
    },
    [Symbol.asyncDispose]: async () => {
      await worker.stop();
      await rest[Symbol.asyncDispose]();
    },
  };
}
