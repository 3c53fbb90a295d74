import { readFlow } from '@spillway/db';
import type { Db, FlowSum } from '@spillway/db';
import type { FlowPoint, FlowRange, FlowView, Inflow } from '../wire.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** How far back, and in which steps: as many as a chart has room for. */
const RANGES = {
  '1h': { forMs: HOUR_MS, everyMs: MINUTE_MS },
  '24h': { forMs: 24 * HOUR_MS, everyMs: 10 * MINUTE_MS },
  '7d': { forMs: 7 * 24 * HOUR_MS, everyMs: HOUR_MS },
} as const satisfies Record<FlowRange, { readonly forMs: number; readonly everyMs: number }>;
/** The pace at the moment is that of so many whole minutes. */
const PACE_MINUTES = 3;

/** The counts of a range, oldest first, with gaps where nobody counted. The last one is still growing. */
export async function readFlowView(db: Db, queue: string, range: FlowRange): Promise<FlowView> {
  const { forMs, everyMs } = RANGES[range];
  const lastMs = floor(Date.now(), everyMs);
  const firstMs = lastMs - forMs + everyMs;
  const sums = await readFlow(db, queue, { since: new Date(firstMs), everyMs });
  const byTime = new Map(sums.map((sum) => [sum.at.getTime(), sum]));
  const points = Array.from({ length: forMs / everyMs }, (_, index): FlowPoint => {
    const atMs = firstMs + index * everyMs;
    return toPoint(atMs, byTime.get(atMs));
  });
  return { everyMs, points };
}

/** Submissions per minute, by the last whole minutes. */
export async function readInflow(db: Db, queue: string): Promise<Inflow> {
  const thisMinuteMs = floor(Date.now(), MINUTE_MS);
  const since = new Date(thisMinuteMs - PACE_MINUTES * MINUTE_MS);
  const minutes = (await readFlow(db, queue, { since, everyMs: MINUTE_MS })).filter(
    (minute) => minute.at.getTime() < thisMinuteMs,
  );
  const pace: { -readonly [Name in keyof Inflow]: Inflow[Name] } = {};
  for (const name of ['redis', 'postgres', 'settled'] as const) {
    const counts = minutes.map((minute) => minute[name]).filter((count) => count !== null);
    if (counts.length > 0) pace[name] = counts.reduce((a, b) => a + b, 0) / counts.length;
  }
  return pace;
}

function toPoint(atMs: number, sum: FlowSum | undefined): FlowPoint {
  const { redis = null, postgres = null, settled = null, dead = null } = sum ?? {};
  return { at: new Date(atMs).toISOString(), redis, postgres, settled, dead };
}

function floor(ms: number, everyMs: number): number {
  return Math.floor(ms / everyMs) * everyMs;
}
