import { Logger, WorkerPreset, makeWorkerUtils, run } from 'graphile-worker';
import type { WorkerUtils } from 'graphile-worker';
import { waitFor } from '@spillway/devstack';
import { Countdown } from '../countdown.ts';
import { data } from '../payload.ts';
import type { Database, Harness } from '../harness.ts';
import type { Consumer, Entrant, Producer } from './competitor.ts';

const TASK = 'job';
const BATCH = 200;
const logger = new Logger(() => () => {});

/** Its page on performance: 24 jobs at once, jobs fetched 500 at a time, completions written together. */
const FAST = {
  concurrentJobs: 24,
  maxPoolSize: 25,
  localQueue: { size: 500 },
  completeJobBatchDelay: 0,
  failJobBatchDelay: 0,
};

interface Setup extends AsyncDisposable {
  readonly utils: WorkerUtils;
  readonly database: Database;
  readonly clear: () => Promise<void>;
}

async function open(harness: Harness): Promise<Setup> {
  const database = await harness.database();
  const utils = await makeWorkerUtils({
    connectionString: database.url,
    maxPoolSize: FAST.maxPoolSize,
    logger,
  });
  await utils.migrate();
  return {
    utils,
    database,
    clear: async () => void (await database.pool.query('TRUNCATE graphile_worker._private_jobs')),
    [Symbol.asyncDispose]: async () => {
      await utils.release();
      await database[Symbol.asyncDispose]();
    },
  };
}

export const graphileAddJob: Entrant<Producer> = {
  name: 'graphile-worker addJob',
  open: async (harness) => {
    const { utils, ...rest } = await open(harness);
    return { submit: () => utils.addJob(TASK, data), ...rest };
  },
};

export const graphileAddJobs: Entrant<Producer> = {
  name: `graphile-worker addJobs of ${BATCH}`,
  open: async (harness) => {
    const { utils, ...rest } = await open(harness);
    return { perCall: BATCH, submit: () => addMany(utils, BATCH), ...rest };
  },
};

/** One job fetched and one completed at a time, as it comes. */
export const graphileRun: Entrant<Consumer> = {
  name: 'graphile-worker run',
  open: (harness) =>
    openConsumer(harness, { concurrentJobs: FAST.concurrentJobs, maxPoolSize: FAST.maxPoolSize }),
};

export const graphileRunLocalQueue: Entrant<Consumer> = {
  name: 'graphile-worker run, local queue',
  open: (harness) => openConsumer(harness, FAST),
};

async function openConsumer(harness: Harness, worker: Partial<typeof FAST>): Promise<Consumer> {
  const { utils, database, clear, ...rest } = await open(harness);
  const isDone = 'SELECT NOT EXISTS (SELECT FROM graphile_worker._private_jobs) AS done';
  return {
    fill: async (count) => {
      await clear();
      for (let left = count; left > 0; left -= BATCH) await addMany(utils, Math.min(left, BATCH));
    },
    drain: async (count) => {
      const handled = new Countdown(count);
      const recorded = new Countdown(1);
      const runner = await run({
        preset: { extends: [WorkerPreset], worker: { ...worker, connectionString: database.url, logger } },
        noHandleSignals: true,
        taskList: {
          [TASK]: async () => {
            recorded.begin();
            handled.done(1);
          },
        },
      });
      await handled.tookMs;
      await waitFor(async () => (await database.pool.query(isDone)).rows[0].done, { intervalMs: 2 });
      recorded.done(1);
      await runner.stop();
      return recorded.tookMs;
    },
    ...rest,
  };
}

async function addMany(utils: WorkerUtils, count: number): Promise<unknown> {
  return utils.addJobs(Array.from({ length: count }, () => ({ identifier: TASK, payload: data })));
}
