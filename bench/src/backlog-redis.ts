import { CALLERS, STEP } from './backlog.ts';
import type { BacklogOptions } from './backlog.ts';
import { repeat } from './closed-loop.ts';
import { openSpillway } from './competitors/spillway.ts';
import { data } from './payload.ts';
import type { Harness } from './harness.ts';
import { median } from './stats.ts';
import { workOff } from './work-off.ts';

const FILLERS = 512;
const STRETCHES = 5;
const DAY_MS = 24 * 60 * 60 * 1_000;
const MAX_DEPTH = 100_000_000;

/** The cost of operations in a queue with this many waiting submissions in Redis, in ms. */
export interface RedisBacklog extends AsyncDisposable {
  /** 1,000 submissions accepted by Redis, from 64 callers: the median of several stretches, since one takes but some 30 ms. */
  enqueue(): Promise<number>;
  /** 1,000 of them claimed from Redis by a worker, handled by nothing, and settled. */
  claim(): Promise<number>;
}

export async function openRedisBacklog(harness: Harness, options: BacklogOptions): Promise<RedisBacklog> {
  const { name, waiting, when } = options;
  const { queue, ...rest } = await openSpillway(harness, { name, primary: 'redis', maxDepth: MAX_DEPTH });
  const at = when === 'due' ? {} : { at: new Date(Date.now() + DAY_MS) };
  await repeat(waiting, FILLERS, () => queue.enqueue({ form: 'inbox', data, ...at }));
  const atFirst = when === 'due' ? waiting : 0;
  let due = atFirst;
  const workOffDue = async (count: number) => {
    const { tookMs, settled, gone } = await workOff(queue, count);
    due -= gone;
    return (tookMs / settled) * 1_000;
  };
  const enqueue = async () => {
    const startedMs = performance.now();
    await repeat(STEP, CALLERS, () => queue.enqueue({ form: 'inbox', data }));
    due += STEP;
    return ((performance.now() - startedMs) / STEP) * 1_000;
  };
  return {
    enqueue: async () => {
      const tookMs: number[] = [];
      for (let stretch = 0; stretch < STRETCHES; stretch += 1) tookMs.push(await enqueue());
      if (due > atFirst) await workOffDue(due - atFirst);
      return median(tookMs);
    },
    claim: async () => {
      // Some of a batch may be settled beyond the step.
      while (due < 2 * STEP) await enqueue();
      return workOffDue(STEP);
    },
    [Symbol.asyncDispose]: () => rest[Symbol.asyncDispose](),
  };
}
