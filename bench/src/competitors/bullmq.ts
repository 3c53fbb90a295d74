import { Queue, Worker, createPostgresBackend, withBackend } from 'bullmq';
import { Redis } from 'ioredis';
import { Countdown } from '../countdown.ts';
import { data } from '../payload.ts';
import type { Harness } from '../harness.ts';
import type { Consumer, Courier, Entrant, Producer } from './competitor.ts';

const NAME = 'bench';
const BULK = 200;
/** Measured with a handler that does nothing: up to 400 do no better, 50 and fewer do worse. */
const CONCURRENCY = 100;
const POOL = 16;
/** Its guide to production: jobs that are done do not stay. */
const JOB_OPTIONS = { removeOnComplete: true, removeOnFail: true };
const JOBS = Array.from({ length: BULK }, () => ({ name: 'job', data }));

const onPostgres = withBackend(createPostgresBackend);

interface Setup {
  readonly queue: Pick<Queue, 'add' | 'addBulk' | 'obliterate'>;
  /** Begins to work; `completed` is called after each job whose end is recorded. */
  work(handler: () => Promise<void>, completed: () => void): { close(): Promise<void> };
  close(): Promise<void>;
}

/** One connection for all that is added, one for the worker. */
async function setUp(harness: Harness): Promise<Setup> {
  const connection = new Redis(harness.redis.url, { maxRetriesPerRequest: null });
  const queue = new Queue(NAME, { connection, defaultJobOptions: JOB_OPTIONS });
  await queue.waitUntilReady();
  return {
    queue,
    work: (handler, completed) =>
      new Worker(NAME, handler, { connection, concurrency: CONCURRENCY }).on('completed', completed),
    close: async () => {
      await queue.close();
      connection.disconnect();
    },
  };
}

/** Its Postgres backend. */
async function setUpOnPostgres(harness: Harness): Promise<Setup> {
  const database = await harness.database();
  const connection = { connectionString: database.url, max: POOL };
  const queue = new onPostgres.Queue(NAME, {
    connection: { ...connection, migrate: true },
    defaultJobOptions: JOB_OPTIONS,
  });
  await queue.waitUntilReady();
  return {
    queue,
    work: (handler, completed) =>
      new onPostgres.Worker(NAME, handler, { connection, concurrency: CONCURRENCY }).on(
        'completed',
        completed,
      ),
    close: async () => {
      await queue.close();
      await database[Symbol.asyncDispose]();
    },
  };
}

export const bullmqAdd: Entrant<Producer> = {
  name: 'BullMQ add',
  open: async (harness) => produce(await setUp(harness)),
};

export const bullmqAddOnPostgres: Entrant<Producer> = {
  name: 'BullMQ add, on Postgres',
  open: async (harness) => {
    const setup = await setUpOnPostgres(harness);
    return { ...produce(setup), clear: () => setup.queue.obliterate({ force: true }) };
  },
};

function produce({ queue, close }: Setup): Producer {
  return { submit: () => queue.add('job', data), [Symbol.asyncDispose]: close };
}

export const bullmqAddBulk: Entrant<Producer> = {
  name: `BullMQ addBulk of ${BULK}`,
  open: async (harness) => {
    const { queue, close } = await setUp(harness);
    return { perCall: BULK, submit: () => queue.addBulk(JOBS), [Symbol.asyncDispose]: close };
  },
};

export const bullmqWorker: Entrant<Consumer> = {
  name: 'BullMQ worker',
  open: async (harness) => consume(await setUp(harness)),
};

export const bullmqWorkerOnPostgres: Entrant<Consumer> = {
  name: 'BullMQ worker, on Postgres',
  open: async (harness) => consume(await setUpOnPostgres(harness)),
};

function consume({ queue, work, close }: Setup): Consumer {
  return {
    fill: async (count) => {
      for (let left = count; left > 0; left -= BULK) await queue.addBulk(JOBS.slice(0, left));
    },
    drain: async (count) => {
      const countdown = new Countdown(count);
      const worker = work(
        async () => countdown.begin(),
        () => countdown.done(1),
      );
      const tookMs = await countdown.tookMs;
      await worker.close();
      return tookMs;
    },
    [Symbol.asyncDispose]: close,
  };
}

export const bullmqCourier: Entrant<Courier> = { name: 'BullMQ add to handler', open: openCourier };

async function openCourier(harness: Harness): Promise<Courier> {
  const { queue, work, close } = await setUp(harness);
  let handled = () => {};
  let completed = () => {};
  const worker = work(
    async () => handled(),
    () => completed(),
  );
  return {
    send: async () => {
      const atHandler = new Promise<number>((resolve) => (handled = () => resolve(performance.now())));
      const atRest = new Promise<void>((resolve) => (completed = resolve));
      const sentMs = performance.now();
      await queue.add('job', data);
      const tookMs = (await atHandler) - sentMs;
      await atRest;
      return tookMs;
    },
    [Symbol.asyncDispose]: async () => {
      await worker.close();
      await close();
    },
  };
}
