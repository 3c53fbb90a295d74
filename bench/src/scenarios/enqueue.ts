import { beeQueueSave, beeQueueSaveAll } from '../competitors/bee-queue.ts';
import { bullmqAdd, bullmqAddBulk, bullmqAddOnPostgres } from '../competitors/bullmq.ts';
import type { Entrant, Producer } from '../competitors/competitor.ts';
import { graphileAddJob, graphileAddJobs } from '../competitors/graphile-worker.ts';
import { pgBossInsert, pgBossSend } from '../competitors/pg-boss.ts';
import { insertMany, insertOne } from '../competitors/raw-postgres.ts';
import { rpush, xadd } from '../competitors/raw-redis.ts';
import { postgresFirst, redisAway, redisAwayWithIds, redisFirst } from '../competitors/spillway.ts';
import { closedLoop } from '../closed-loop.ts';
import { compete } from './scenario.ts';
import type { Scenario } from './scenario.ts';

/** The concurrency at which the targets hold. */
const CALLERS = 64;
const BATCH_CALLERS = 4;

const ONE_BY_ONE = [
  xadd,
  rpush,
  redisFirst,
  redisAway,
  redisAwayWithIds,
  postgresFirst,
  bullmqAdd,
  beeQueueSave,
  insertOne,
  bullmqAddOnPostgres,
  pgBossSend,
  graphileAddJob,
];

/** Callers with many submissions can batch them. Spillway does this for callers with one. */
const IN_BATCHES = [bullmqAddBulk, beeQueueSaveAll, insertMany, pgBossInsert, graphileAddJobs];

export const enqueue = enqueueScenario('enqueue', CALLERS, ONE_BY_ONE, false);

export const enqueueElsewhere = [1, 16, 512].map((callers) =>
  enqueueScenario(`enqueue-${callers}`, callers, ONE_BY_ONE, true),
);

export const enqueueInBatches = enqueueScenario('enqueue-batch', BATCH_CALLERS, IN_BATCHES, true);

function enqueueScenario(
  name: string,
  callers: number,
  entrants: readonly Entrant<Producer>[],
  aside: boolean,
): Scenario {
  return {
    name,
    title: `Submissions accepted per second, ${callers} ${callers === 1 ? 'caller' : 'callers'}`,
    aside,
    competitors: entrants.map((one) => one.name),
    run: (bench) =>
      compete(bench, entrants, aside ? bench.profile.sideRounds : bench.profile.rounds, (producer) => ({
        unit: '1/s',
        prepare: async () => {
          await Promise.all([bench.harness.emptyRedis(), producer.clear?.()]);
          await closedLoop(callers, bench.profile.warmUpMs, () => producer.submit());
        },
        measure: async () => {
          const load = await closedLoop(callers, bench.profile.windowMs, () => producer.submit());
          return load.perSecond * (producer.perCall ?? 1);
        },
        ...(producer.note && { note: () => producer.note?.() }),
      })),
  };
}
