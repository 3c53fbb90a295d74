import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { resolveWorkerOptions } from '../../src/contract/worker-options.ts';
import { PauseFlag } from '../../src/util/pause-flag.ts';
import { WorkerLoop } from '../../src/work/worker-loop.ts';
import type { WorkerLoopOptions } from '../../src/work/worker-loop.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A loop without work, whose claims are counted. What an idle loop does not use is left out. */
function idleLoop(concurrency: number) {
  let claims = 0;
  const options = {
    worker: resolveWorkerOptions({ concurrency }, 'external', 'idle'),
    source: {
      from: 'postgres',
      claim: async () => {
        claims += 1;
        return undefined;
      },
    },
    redis: undefined,
    gate: { pass: async () => {} },
    pause: new PauseFlag(),
    isRedisBlocked: () => false,
    storeFailed: (error: Error) => {
      throw error;
    },
  };
  const loop = new WorkerLoop(options as unknown as WorkerLoopOptions);
  return { loop, claims: () => claims };
}

it('an idle worker asks its store as often with 50 slots as with one', async () => {
  const counts: number[] = [];
  for (const concurrency of [1, 50]) {
    const { loop, claims } = idleLoop(concurrency);
    const running = loop.run();
    await vi.advanceTimersByTimeAsync(100);
    const atStart = claims();
    expect(atStart).toBe(concurrency);
    await vi.advanceTimersByTimeAsync(10_000);
    counts.push(claims() - atStart);
    loop.stop();
    await running;
  }
  // Every 200 ms.
  expect(counts).toEqual([50, 50]);
});
