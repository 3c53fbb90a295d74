import type { AttemptRecord } from '../contract/store.ts';

/** This many failed attempts are kept with a submission; older ones are dropped first. */
const HISTORY_LENGTH = 20;

/**
 * Delay before the attempt after `attempt`: uniformly random in [0, min(max, base * 2^(attempt-1))] ms.
 * Full jitter, after "Exponential Backoff And Jitter" (M. Brooker, AWS Architecture Blog, 2015): the least work and
 * nearly the shortest completion of the schemes compared there.
 */
export function backoffDelayMs(
  attempt: number,
  backoff: { readonly base: number; readonly max: number },
  random: () => number = Math.random,
): number {
  const ceilingMs = Math.min(backoff.max, backoff.base * 2 ** Math.min(attempt - 1, 50));
  return Math.floor(random() * (ceilingMs + 1));
}

/** The history with one more failed attempt, bounded. */
export function withAttempt(
  history: readonly AttemptRecord[],
  record: AttemptRecord,
): readonly AttemptRecord[] {
  return [...history, record].slice(-HISTORY_LENGTH);
}
