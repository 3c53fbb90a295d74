import type { AttemptRecord } from '../contract/store.ts';

/** This many failed attempts are kept with a submission; older ones are dropped first. */
const HISTORY_LENGTH = 20;
/** A handler's own delay is at most this long, in ms: a wrong date must not put a submission off beyond its retention. */
const MAX_DELAY_MS = 24 * 60 * 60 * 1_000;

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

/** The delay until a time that a handler gave, within bounds. */
export function msUntil(atMs: number): number {
  return Math.min(MAX_DELAY_MS, Math.max(0, Math.ceil(atMs - Date.now())));
}

/** All attempts that are on record were snoozed: the next snooze counts, so that a submission is not snoozed without end. */
export function isSnoozedOut(history: readonly AttemptRecord[]): boolean {
  return history.length >= HISTORY_LENGTH && history.every((record) => record.snoozed);
}
