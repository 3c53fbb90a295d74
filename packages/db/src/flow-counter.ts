import { setTimeout as sleep } from 'node:timers/promises';
import type { Db } from './client.ts';
import { addFlow } from './flow.ts';
import type { FlowCount, FlowCounts, FlowMinute } from './flow.ts';

const MINUTE_MS = 60_000;
const WRITE_EVERY_MS = 10_000;
/** Counts are kept in memory during an outage of Postgres, for as many minutes as they are shown. */
const MAX_HELD = 7 * 24 * 60;
/** A process that ends does not wait for a Postgres that is away. */
const STOP_WITHIN_MS = 1_000;
/** Minutes in one statement. */
const MAX_WRITTEN = 1000;

export interface FlowCounter {
  count(what: FlowCount, added: number): void;
  /** Writes the counts that are still in memory, and stops. */
  stop(): Promise<void>;
}

export interface FlowCounterOptions {
  readonly db: Db;
  readonly queue: string;
  /** The counts of this process. It writes them every minute, also if they are zero: a missing row is a gap. */
  readonly counts: readonly FlowCount[];
  /** Called before each write, for counts that are computed from a total. */
  readonly beforeWrite?: (counter: Pick<FlowCounter, 'count'>) => void;
}

/**
 * Counts by the minute, in memory, and adds the counts to the table at intervals. A killed process loses the counts of its last
 * seconds; a write whose answer is lost counts them twice. That is exact enough for a chart.
 */
export function startFlowCounter(options: FlowCounterOptions): FlowCounter {
  const { db, queue, counts, beforeWrite } = options;
  const held = new Map<number, FlowCounts>();
  let writing: Promise<void> | undefined;

  function minuteOf(nowMs: number): FlowCounts {
    const startMs = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS;
    const minute = held.get(startMs) ?? Object.fromEntries(counts.map((what) => [what, 0]));
    held.set(startMs, minute);
    for (const oldest of held.keys()) {
      if (held.size <= MAX_HELD) break;
      held.delete(oldest);
    }
    return minute;
  }

  function count(what: FlowCount, added: number): void {
    const minute = minuteOf(Date.now());
    minute[what] = (minute[what] ?? 0) + added;
  }

  async function write(): Promise<void> {
    beforeWrite?.({ count });
    minuteOf(Date.now());
    const taken = [...held].slice(0, MAX_WRITTEN);
    for (const [startMs] of taken) held.delete(startMs);
    try {
      await addFlow(db, queue, taken.map(toMinute));
    } catch {
      // The page itself says that Postgres is away. Put the counts back, and add those of the meantime.
      for (const [startMs, minute] of taken) held.set(startMs, sum(minute, held.get(startMs)));
    }
  }

  function writeOnce(): Promise<void> {
    writing ??= write().finally(() => (writing = undefined));
    return writing;
  }

  void writeOnce();
  const timer = setInterval(() => void writeOnce(), WRITE_EVERY_MS);
  timer.unref();
  return {
    count,
    async stop() {
      clearInterval(timer);
      const written = Promise.resolve(writing).then(writeOnce);
      await Promise.race([written, sleep(STOP_WITHIN_MS, undefined, { ref: false })]);
    },
  };
}

function toMinute([startMs, counts]: [number, FlowCounts]): FlowMinute {
  return { minute: new Date(startMs), ...counts };
}

function sum(a: FlowCounts, b: FlowCounts = {}): FlowCounts {
  const total = { ...a };
  for (const what of ['redis', 'postgres', 'settled', 'dead'] as const) {
    if (b[what] !== undefined) total[what] = (total[what] ?? 0) + b[what];
  }
  return total;
}
