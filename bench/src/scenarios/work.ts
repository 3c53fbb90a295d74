import { beeQueueWorker } from '../contestants/bee-queue.ts';
import { bullmqWorker, bullmqWorkerOnPostgres } from '../contestants/bullmq.ts';
import type { Consumer, Entrant } from '../contestants/contestant.ts';
import { graphileRun, graphileRunLocalQueue } from '../contestants/graphile-worker.ts';
import { pgBossWorker } from '../contestants/pg-boss.ts';
import { drainWorker, redisWorker } from '../contestants/spillway.ts';
import { compete } from './scenario.ts';
import type { Scenario } from './scenario.ts';

export const work = workScenario('work', 'Jobs done per second by one worker, from Redis, handler: nothing', [
  redisWorker,
  bullmqWorker,
  beeQueueWorker,
]);

export const drain = workScenario(
  'drain',
  'Jobs done per second by one worker, from Postgres, handler: nothing',
  [drainWorker, graphileRun, graphileRunLocalQueue, pgBossWorker, bullmqWorkerOnPostgres],
);

function workScenario(name: string, title: string, entrants: readonly Entrant<Consumer>[]): Scenario {
  return {
    name,
    title,
    contenders: entrants.map((one) => one.name),
    run: (bench) =>
      compete(bench, entrants, bench.effort.rounds, (consumer) => ({
        unit: '1/s',
        prepare: async () => {
          await bench.stand.emptyRedis();
          await consumer.fill(bench.effort.jobs);
        },
        measure: async () => (bench.effort.jobs / (await consumer.drain(bench.effort.jobs))) * 1_000,
      })),
  };
}
