import { setTimeout as pause } from 'node:timers/promises';

export interface WaitOptions {
  /** Gives up after this long. Default 60 s: it ends a wait that hangs, also on a machine that is ten times slower than usual. */
  timeoutMs?: number;
  /** Asks again after this long. Default 20 ms. */
  intervalMs?: number;
  /** Names the awaited condition, for the error. */
  message?: string;
}

/**
 * Asks until the condition answers something truthy, and returns that. A condition that throws counts as "not
 * yet"; its last error is the cause of the timeout error.
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  options: WaitOptions = {},
): Promise<NonNullable<T>> {
  const { timeoutMs = 60_000, intervalMs = 20, message = 'a condition' } = options;
  const deadline = performance.now() + timeoutMs;
  let cause: unknown;
  for (;;) {
    try {
      const value = await condition();
      if (value) return value;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (performance.now() >= deadline) throw timeoutError(message, timeoutMs, cause);
    await pause(intervalMs);
  }
}

/** True once the promise has settled in time; false when it has not. */
export async function settlesWithin(promise: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  const cancel = new AbortController();
  const late = pause(timeoutMs, false, { signal: cancel.signal }).catch(() => false);
  const settled = promise.then(
    () => true,
    () => true,
  );
  const inTime = await Promise.race([settled, late]);
  cancel.abort();
  return inTime;
}

function timeoutError(message: string, timeoutMs: number, cause: unknown): Error {
  const why = cause instanceof Error ? `: ${cause.message}` : '';
  return new Error(`Waited ${timeoutMs} ms for ${message}${why}`, { cause });
}
