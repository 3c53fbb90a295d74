import { PgBoss } from 'pg-boss';
import { waitFor } from '@spillway/devstack';
import { Countdown } from '../countdown.ts';
import { data } from '../payload.ts';
import type { Database, Harness } from '../harness.ts';
import type { Consumer, Entrant, Producer } from './competitor.ts';

const NAME = 'bench';
const BATCH = 200;
const POOL = 16;
const WORKERS = 4;

interface Setup extends AsyncDisposable {
  readonly boss: PgBoss;
  readonly database: Database;
  readonly clear: () => Promise<void>;
}

/** Without the supervisor, which would count and delete while others are measured. */
async function open(harness: Harness): Promise<Setup> {
  const database = await harness.database();
  const boss = new PgBoss({ connectionString: database.url, max: POOL, supervise: false, schedule: false });
  boss.on('error', () => {});
  await boss.start();
  await boss.createQueue(NAME);
  return {
    boss,
    database,
    clear: async () => void (await database.pool.query('TRUNCATE pgboss.job')),
    [Symbol.asyncDispose]: async () => {
      await boss.stop({ graceful: false });
      await database[Symbol.asyncDispose]();
    },
  };
}

export const pgBossSend: Entrant<Producer> = {
  name: 'pg-boss send',
  open: async (harness) => {
    const { boss, ...rest } = await open(harness);
    return { submit: () => boss.send(NAME, data), ...rest };
  },
};

export const pgBossInsert: Entrant<Producer> = {
  name: `pg-boss insert of ${BATCH}`,
  open: async (harness) => {
    const { boss, ...rest } = await open(harness);
    return { perCall: BATCH, submit: () => insert(boss, BATCH), ...rest };
  },
};

/** Uses batches and several workers, and does not pause while batches are full. */
export const pgBossWorker: Entrant<Consumer> = { name: 'pg-boss work', open: openConsumer };

async function openConsumer(harness: Harness): Promise<Consumer> {
  const { boss, database, clear, ...rest } = await open(harness);
  const isDone = `SELECT NOT EXISTS (SELECT FROM pgboss.job WHERE name = '${NAME}' AND state < 'completed') AS done`;
  return {
    fill: async (count) => {
      await clear();
      for (let left = count; left > 0; left -= BATCH) await insert(boss, Math.min(left, BATCH));
    },
    drain: async (count) => {
      const handled = new Countdown(count);
      const recorded = new Countdown(1);
      await boss.work(
        NAME,
        {
          batchSize: BATCH,
          localConcurrency: WORKERS,
          burstWhenBatchFull: true,
          pollingIntervalSeconds: 0.5,
        },
        async (jobs) => {
          recorded.begin();
          handled.done(jobs.length);
        },
      );
      await handled.tookMs;
      await waitFor(async () => (await database.pool.query(isDone)).rows[0].done, { intervalMs: 2 });
      recorded.done(1);
      await boss.offWork(NAME, { wait: true });
      return recorded.tookMs;
    },
    ...rest,
  };
}

async function insert(boss: PgBoss, count: number): Promise<unknown> {
  return boss.insert(
    NAME,
    Array.from({ length: count }, () => ({ data })),
  );
}
