import type { FlowPoint, FlowRange, FlowView } from '@spillway/api';
import { count } from '#lib/words.ts';

const MINUTE_MS = 60_000;

/** The lines of the chart: name, label, and the mark beside the label. */
export const SERIES = [
  { key: 'redis', label: 'Accepted by Redis', swatch: 'h-3 bg-accent' },
  { key: 'postgres', label: 'Accepted by Postgres', swatch: 'h-3 bg-spill' },
  { key: 'settled', label: 'Settled', swatch: 'h-0.5 bg-ink' },
  { key: 'dead', label: 'Dead', swatch: 'size-2 rounded-full bg-bad' },
] as const satisfies readonly {
  readonly key: keyof FlowPoint;
  readonly label: string;
  readonly swatch: string;
}[];

/** Counts per minute. null: no process counted in that minute. */
export type Rate = FlowPoint;

export function toRates({ everyMs, points }: FlowView): readonly Rate[] {
  const perMinute = (value: number | null) =>
    value === null ? null : Math.round((value * 10 * MINUTE_MS) / everyMs) / 10;
  return points.map(({ at, redis, postgres, settled, dead }) => ({
    at,
    redis: perMinute(redis),
    postgres: perMinute(postgres),
    settled: perMinute(settled),
    dead: perMinute(dead),
  }));
}

/** Whether no process counted anything in that minute. */
export function isGap({ redis, postgres, settled, dead }: Rate): boolean {
  return redis === null && postgres === null && settled === null && dead === null;
}

/** Periods in which no process counted: first and last moment of each. */
export function gapsOf(rates: readonly Rate[]): readonly (readonly [from: string, to: string])[] {
  const gaps: [string, string][] = [];
  rates.forEach((rate, index) => {
    const before = rates[index - 1];
    const last = gaps.at(-1);
    if (!isGap(rate)) return;
    if (before && isGap(before) && last) last[1] = rate.at;
    else gaps.push([rate.at, rate.at]);
  });
  return gaps;
}

/** The chart as a sentence, for people who cannot see it. */
export function summaryOf(rates: readonly Rate[], range: string): string {
  const peak = (key: (typeof SERIES)[number]['key']) => Math.max(0, ...rates.map((rate) => rate[key] ?? 0));
  const parts = SERIES.map(({ key, label }) => `${label} at most ${count(peak(key))} a minute`);
  const gaps = gapsOf(rates).length;
  return `Over ${range}: ${parts.join('; ')}.${gaps > 0 ? ' Parts of this time were not counted.' : ''} The table has every number.`;
}

const TIME = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const DAY_AND_TIME = new Intl.DateTimeFormat('en-GB', {
  weekday: 'short',
  hour: '2-digit',
  minute: '2-digit',
});

/** A moment on the time axis, in the reader's time zone. */
export function timeOf(at: string, range: FlowRange): string {
  return (range === '7d' ? DAY_AND_TIME : TIME).format(new Date(at));
}
