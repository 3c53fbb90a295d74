import type { Queue, RecoveryResult } from '@spillway/queue';

/** Bounds one press of the button; what is left comes with the workers' own passes, or the next press. */
const MAX_PASSES = 20;

/** Recovers pass by pass until nothing is left, Redis wants no more, or the bound is reached. Throws `StoreUnavailableError`. */
export async function recoverNow(
  queue: Pick<Queue, 'recover'>,
  shutdown: AbortSignal,
): Promise<RecoveryResult> {
  let pushed = 0;
  for (let pass = 1; ; pass += 1) {
    const result = await queue.recover();
    pushed += result.pushed;
    // A pass that pushed nothing will not push more the next time: Redis is at its high-water mark.
    const stop = !result.more || result.pushed === 0 || pass === MAX_PASSES || shutdown.aborted;
    if (stop) return { pushed, more: result.more };
  }
}
