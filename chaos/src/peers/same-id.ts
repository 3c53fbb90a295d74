import { setTimeout as pause } from 'node:timers/promises';
import { newId } from '@spillway/queue';
import type { Fault } from '../faults/fault.ts';
import { submit } from '../submit.ts';

const COUNT = 50;
const LATER_MS = 1_500;

/** Two producers submit the same with the same id at the same time, and one of them once more when it is done. */
export const sameId: Fault = {
  name: 'same-id',
  hits: 'producer',
  isAway: false,
  holdMs: [LATER_MS, LATER_MS],
  inject: async (rig) => {
    const submissions = Array.from({ length: COUNT }, (_, n) => ({
      id: newId(),
      content: { from: 'campaign', n, variant: 'a', flaky: false } as const,
    }));
    await Promise.all(
      submissions.flatMap((one) => [
        submit(rig, { ...one, why: 'first' }),
        submit(rig, { ...one, why: 'double' }),
      ]),
    );
    return async () => {
      await pause(LATER_MS);
      await Promise.all(submissions.map((one) => submit(rig, { ...one, why: 'double' })));
    };
  },
  bites: () => [],
};
