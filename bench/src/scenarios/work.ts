import { beeQueueWorker } from '../competitors/bee-queue.ts';
import { bullmqWorker, bullmqWorkerOnPostgres } from '../competitors/bullmq.ts';
import type { Consumer, Entrant } from '../competitors/competitor.ts';
import { graphileRun, graphileRunLocalQueue } from '../competitors/graphile-worker.ts';
import { pgBossWorker } from '../competitors/pg-boss.ts';
import { drainWorker, redisWorker } from '../competitors/spillway.ts';
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
    competitors: entrants.map((one) => one.name),
    run: (bench) =>
      compete(bench, entrants, bench.profile.rounds, (consumer) => ({
        unit: '1/s',
        prepare: async () => {
          await bench.harness.emptyRedis();
          await consumer.fill(bench.profile.jobs);
        },
        measure: async () => (bench.profile.jobs / (await consumer.drain(bench.profile.jobs))) * 1_000,
      })),
  };
}
