import { type Db, type FlowCounter, startFlowCounter } from '@spillway/db';
import type { Worker } from '@spillway/queue';

/** Counts by the minute what this worker settles, for the operators' chart. */
export function startFlow(db: Db, queue: string, worker: Worker): FlowCounter {
  let before = { settled: 0, dead: 0 };
  return startFlowCounter({
    db,
    queue,
    counts: ['settled', 'dead'],
    beforeWrite: ({ count }) => {
      const { settled, dead } = worker.view();
      count('settled', settled - before.settled);
      count('dead', dead - before.dead);
      before = { settled, dead };
    },
  });
}
