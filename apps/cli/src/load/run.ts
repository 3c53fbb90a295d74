import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadGauge } from './gauge.ts';
import type { Send } from './target.ts';

export interface LoadOptions {
  readonly count?: number | undefined;
  readonly seconds?: number | undefined;
  readonly concurrency: number;
  readonly rate?: number | undefined;
  readonly signal: AbortSignal;
}

/** Sends until the count or the time is reached, then waits for the requests that are still open. */
export async function runLoad(send: Send, gauge: LoadGauge, options: LoadOptions): Promise<void> {
  const {
    count = Number.POSITIVE_INFINITY,
    seconds = Number.POSITIVE_INFINITY,
    concurrency,
    rate,
    signal,
  } = options;
  const startedMs = performance.now();
  const endMs = startedMs + seconds * 1_000;
  let next = 0;

  async function sender(): Promise<void> {
    while (next < count && !signal.aborted && performance.now() < endMs) {
      const turn = next;
      next += 1;
      const dueMs = rate === undefined ? performance.now() : startedMs + (turn * 1_000) / rate;
      if (dueMs >= endMs) return;
      await pauseUntil(dueMs, signal);
      if (signal.aborted) return;
      // From when it was due: a sender that is held up must not hide how long others would have waited.
      await send().then(
        (via) => gauge.accepted(via, performance.now() - dueMs),
        (error: unknown) => gauge.refused(error instanceof Error ? error.message : String(error)),
      );
    }
  }

  await Promise.all(Array.from({ length: concurrency }, sender));
  gauge.end();
}

async function pauseUntil(atMs: number, signal: AbortSignal): Promise<void> {
  const ms = atMs - performance.now();
  if (ms > 0) await sleep(ms, undefined, { signal }).catch(() => {});
}
