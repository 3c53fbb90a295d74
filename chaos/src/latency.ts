import type { Attempt } from './verdict.ts';

/** How long accepting took, ms. */
export interface Latency {
  readonly accepts: number;
  readonly p50: number;
  readonly p99: number;
  readonly slowest: number;
}

/** Of all submissions that were sent within the span and accepted; over HTTP it is another matter. */
export function latencyOf(attempts: readonly Attempt[], fromMs: number, toMs: number): Latency {
  const durations = attempts
    .filter((one) => one.over === 'queue' && one.result === 'acknowledged')
    .filter((one) => one.startedMs >= fromMs && one.startedMs < toMs)
    .map((one) => (one.settledMs ?? one.startedMs) - one.startedMs)
    .sort((a, b) => a - b);
  return {
    accepts: durations.length,
    p50: quantile(durations, 0.5),
    p99: quantile(durations, 0.99),
    slowest: quantile(durations, 1),
  };
}

/** What the fault cost beside the control run. */
export function difference(fault: Latency, control: Latency): Omit<Latency, 'accepts'> {
  return {
    p50: round(fault.p50 - control.p50),
    p99: round(fault.p99 - control.p99),
    slowest: round(fault.slowest - control.slowest),
  };
}

function quantile(sorted: readonly number[], share: number): number {
  const index = Math.min(sorted.length - 1, Math.max(0, Math.ceil(sorted.length * share) - 1));
  return round(sorted[index] ?? 0);
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
