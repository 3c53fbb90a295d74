import { createWorker } from '@spillway/queue';
import type { Queue } from '@spillway/queue';
import { waitFor } from '@spillway/devstack';

const LIMIT_MS = 120_000;

export interface WorkedOff {
  readonly tookMs: number;
  /** So many in that time. */
  readonly settled: number;
  /** So many with what was still in hand. */
  readonly gone: number;
}

/**
 * A worker whose handler does nothing settles at least so many. The time is that from the first call of the handler; what
 * travelled along with the last of them counts too.
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
