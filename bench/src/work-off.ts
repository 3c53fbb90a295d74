import { createWorker } from '@spillway/queue';
import type { Queue } from '@spillway/queue';
import { waitFor } from '@spillway/devstack';

const LIMIT_MS = 120_000;

export interface WorkedOff {
  readonly tookMs: number;
  /** The number of submissions settled in that time. */
  readonly settled: number;
  /** The same, and those that were still claimed at its end. */
  readonly gone: number;
}

/**
 * A worker whose handler does nothing settles at least `count` submissions. The time begins with the first call of the handler;
 * all submissions of the last batch count too.
 */
export async function workOff(queue: Queue, count: number): Promise<WorkedOff> {
  let beganMs = 0;
  const worker = createWorker(queue, {
    batch: async () => {
      beganMs ||= performance.now();
    },
  });
  worker.start();
  await waitFor(() => worker.view().settled >= count, {
    intervalMs: 1,
    timeoutMs: LIMIT_MS,
    message: `${count} submissions to be settled`,
  });
  const tookMs = performance.now() - beganMs;
  const { settled } = worker.view();
  await worker.stop();
  return { tookMs, settled, gone: worker.view().settled };
}
