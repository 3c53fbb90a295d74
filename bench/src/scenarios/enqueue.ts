import { beeQueueSave, beeQueueSaveAll } from '../contestants/bee-queue.ts';
import { bullmqAdd, bullmqAddBulk, bullmqAddOnPostgres } from '../contestants/bullmq.ts';
import type { Entrant, Producer } from '../contestants/contestant.ts';
import { graphileAddJob, graphileAddJobs } from '../contestants/graphile-worker.ts';
import { pgBossInsert, pgBossSend } from '../contestants/pg-boss.ts';
import { insertMany, insertOne } from '../contestants/raw-postgres.ts';
import { rpush, xadd } from '../contestants/raw-redis.ts';
import { postgresFirst, redisAway, redisAwayWithIds, redisFirst } from '../contestants/spillway.ts';
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
    contenders: entrants.map((one) => one.name),
    run: (bench) =>
      compete(bench, entrants, aside ? bench.effort.sideRounds : bench.effort.rounds, (producer) => ({
        unit: '1/s',
        prepare: async () => {
          await Promise.all([bench.stand.emptyRedis(), producer.clear?.()]);
          await closedLoop(callers, bench.effort.warmUpMs, () => producer.submit());
        },
        measure: async () => {
          const load = await closedLoop(callers, bench.effort.windowMs, () => producer.submit());
          return load.perSecond * (producer.perCall ?? 1);
        },
        ...(producer.note && { note: () => producer.note?.() }),
      })),
  };
}
