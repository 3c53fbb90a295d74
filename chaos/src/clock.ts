import { setTimeout as pause } from 'node:timers/promises';

/** Milliseconds on the machine's monotonic clock: the same for all processes, and no fault steps it. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

export async function pauseUntil(atMs: number): Promise<void> {
  await pause(Math.max(0, atMs - monotonicMs()));
}
