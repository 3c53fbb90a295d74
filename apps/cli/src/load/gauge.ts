import { createHistogram } from 'node:perf_hooks';

const NS_PER_MS = 1_000_000;
/** What "now" means in the live line. */
const LATELY_MS = 2_000;
const MAX_REASONS = 10;

/** Times are rounded to two decimal places. */
export interface LoadReport {
  readonly accepted: number;
  readonly refused: number;
  /** How many each store acknowledged. */
  readonly via: Readonly<Record<string, number>>;
  readonly refusals: Readonly<Record<string, number>>;
  readonly seconds: number;
  readonly perSecond: number;
  /** Of those that were accepted. */
  readonly ms: { readonly p50: number; readonly p95: number; readonly p99: number; readonly max: number };
}

/** Counts what a load run sees; its memory does not grow with the run. */
export class LoadGauge {
  readonly #histogram = createHistogram();
  readonly #via = new Map<string, number>();
  readonly #refusals = new Map<string, number>();
  readonly #startedMs = performance.now();
  #endedMs: number | undefined;
  #accepted = 0;
  #refused = 0;
  #lately: { atMs: number; accepted: number }[] = [];

  accepted(via: string, tookMs: number): void {
    this.#accepted += 1;
    this.#via.set(via, (this.#via.get(via) ?? 0) + 1);
    this.#histogram.record(Math.max(1, Math.round(tookMs * NS_PER_MS)));
  }

  refused(reason: string): void {
    this.#refused += 1;
    const name = this.#refusals.has(reason) || this.#refusals.size < MAX_REASONS ? reason : 'other reasons';
    this.#refusals.set(name, (this.#refusals.get(name) ?? 0) + 1);
  }

  end(): void {
    this.#endedMs = performance.now();
  }

  perSecondLately(): number {
    const nowMs = performance.now();
    this.#lately.push({ atMs: nowMs, accepted: this.#accepted });
    this.#lately = this.#lately.filter(({ atMs }) => atMs >= nowMs - LATELY_MS);
    const [first] = this.#lately;
    if (first === undefined || first.atMs === nowMs) return 0;
    return Math.round(((this.#accepted - first.accepted) * 1_000) / (nowMs - first.atMs));
  }

  report(): LoadReport {
    const seconds = ((this.#endedMs ?? performance.now()) - this.#startedMs) / 1_000;
    const at = (percentile: number) =>
      this.#accepted === 0 ? 0 : inMs(this.#histogram.percentile(percentile));
    return {
      accepted: this.#accepted,
      refused: this.#refused,
      via: Object.fromEntries(this.#via),
      refusals: Object.fromEntries(this.#refusals),
      seconds: Math.round(seconds * 100) / 100,
      perSecond: Math.round(this.#accepted / Math.max(seconds, 0.001)),
      ms: {
        p50: at(50),
        p95: at(95),
        p99: at(99),
        max: this.#accepted === 0 ? 0 : inMs(this.#histogram.max),
      },
    };
  }
}

function inMs(ns: number): number {
  return Math.round((ns / NS_PER_MS) * 100) / 100;
}
