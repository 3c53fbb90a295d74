import { quantile } from './stats.ts';

export interface Load {
  readonly calls: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Runs `callers` callers until the time is over; each waits for its answer before it calls again. */
export async function closedLoop(
  callers: number,
  windowMs: number,
  call: () => Promise<unknown>,
): Promise<Load> {
  const latenciesMs: number[] = [];
  const startedMs = performance.now();
  const endMs = startedMs + windowMs;
  const caller = async () => {
    for (let beforeMs = startedMs; beforeMs < endMs;) {
      await call();
      const afterMs = performance.now();
      latenciesMs.push(afterMs - beforeMs);
      beforeMs = afterMs;
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return {
    calls: latenciesMs.length,
    perSecond: (latenciesMs.length / (performance.now() - startedMs)) * 1_000,
    p50Ms: quantile(latenciesMs, 0.5),
    p99Ms: quantile(latenciesMs, 0.99),
  };
}

/** Calls `count` times, `callers` at once. */
export async function repeat(count: number, callers: number, call: () => Promise<unknown>): Promise<void> {
  let left = count;
  const caller = async () => {
    while (left > 0) {
      left -= 1;
      await call();
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
}
