import { systemClock } from './clock.ts';
import type { Clock } from './clock.ts';

const SECOND_MS = 1_000;
const CONSECUTIVE_FAILURES = 5;
const WINDOW_SECONDS = 10;
const WINDOW_CALLS = 20;
const WINDOW_FAILED_SHARE = 0.5;
const PROBE_BACKOFF_MS = { first: 200, max: 5 * SECOND_MS };
/** Pause between the probes of a store that begins to answer again, ms. */
const PROBE_AGAIN_MS = 50;
const PROBES_TO_CLOSE = 3;

export interface BreakerOptions {
  /** A real write. A probe that rejects, or takes longer than `slowMs`, keeps the breaker open. */
  readonly probe: () => Promise<void>;
  /** A call or probe slower than this counts as failed, in ms. */
  readonly slowMs: number;
  readonly onChange: (open: boolean, cause: Error | undefined) => void;
  /** The longest pause between two probes, in ms. Default 5,000. */
  readonly maxPauseMs?: number;
  /** This many good probes in a row close it. Default 3. */
  readonly probesToClose?: number;
  readonly clock?: Clock;
  readonly random?: () => number;
}

interface Second {
  readonly second: number;
  calls: number;
  failures: number;
}

/**
 * Keeps callers from waiting for a store that is known to be down. While it is open, no caller has to find out whether the store is
 * back: a probe in the background does, with full jitter between tries. Opens after 5 consecutive failures, at half of at least 20
 * calls within 10 s, or at once by `trip`.
 */
export class Breaker {
  #open = false;
  #consecutive = 0;
  #window: Second[] = [];
  #goodProbes = 0;
  #probeTries = 0;
  #cancelProbe: (() => void) | undefined;
  #stopped = false;
  readonly #options: BreakerOptions;
  readonly #clock: Clock;
  readonly #random: () => number;

  constructor(options: BreakerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
  }

  get open(): boolean {
    return this.#open;
  }

  /** Notes a call that succeeded. A slow one counts as failed. */
  succeeded(durationMs: number): void {
    if (durationMs > this.#options.slowMs)
      return this.failed(new Error(`answered after ${Math.round(durationMs)} ms`));
    this.#consecutive = 0;
    this.#count(0);
  }

  /** Notes a call that failed, or that is too slow already. */
  failed(cause: Error): void {
    this.#consecutive += 1;
    this.#count(1);
    if (this.#consecutive >= CONSECUTIVE_FAILURES || this.#windowIsBad()) this.trip(cause);
  }

  /** Opens at once: for errors that last longer than a moment. */
  trip(cause: Error): void {
    if (this.#open || this.#stopped) return;
    this.#open = true;
    this.#probeTries = 0;
    this.#goodProbes = 0;
    this.#options.onChange(true, cause);
    this.#scheduleProbe();
  }

  /** Probes at once rather than at the next turn: for when a connection has just come back. */
  probeNow(): void {
    if (this.#stopped || !this.#open || this.#cancelProbe === undefined) return;
    this.#cancelProbe();
    this.#runProbe();
  }

  /** Closes at once: for when a real write outside of the probes has succeeded. */
  reset(): void {
    if (this.#stopped || !this.#open) return;
    this.#cancelProbe?.();
    this.#close();
  }

  /** No further probes. */
  stop(): void {
    this.#stopped = true;
    this.#cancelProbe?.();
  }

  #close(): void {
    this.#open = false;
    this.#consecutive = 0;
    this.#window = [];
    this.#options.onChange(false, undefined);
  }

  #scheduleProbe(): void {
    if (this.#stopped) return;
    const ceilingMs = Math.min(
      this.#options.maxPauseMs ?? PROBE_BACKOFF_MS.max,
      PROBE_BACKOFF_MS.first * 2 ** Math.min(this.#probeTries, 10),
    );
    const delayMs = this.#goodProbes > 0 ? PROBE_AGAIN_MS : this.#random() * ceilingMs;
    this.#cancelProbe = this.#clock.after(delayMs, () => this.#runProbe());
  }

  #runProbe(): void {
    // Cleared while a probe is under way, so that probeNow cannot start a second one beside it.
    this.#cancelProbe = undefined;
    this.#probeTries += 1;
    const startedMs = this.#clock.now();
    this.#options.probe().then(
      () => this.#probed(this.#clock.now() - startedMs <= this.#options.slowMs),
      () => this.#probed(false),
    );
  }

  #probed(good: boolean): void {
    if (this.#stopped || !this.#open) return;
    this.#goodProbes = good ? this.#goodProbes + 1 : 0;
    if (this.#goodProbes >= (this.#options.probesToClose ?? PROBES_TO_CLOSE)) return this.#close();
    this.#scheduleProbe();
  }

  #count(failures: 0 | 1): void {
    const second = Math.floor(this.#clock.now() / SECOND_MS);
    let last = this.#window.at(-1);
    if (last?.second !== second) {
      last = { second, calls: 0, failures: 0 };
      this.#window = [...this.#window.filter((one) => one.second > second - WINDOW_SECONDS), last];
    }
    last.calls += 1;
    last.failures += failures;
  }

  #windowIsBad(): boolean {
    let calls = 0;
    let failures = 0;
    for (const one of this.#window) {
      calls += one.calls;
      failures += one.failures;
    }
    return calls >= WINDOW_CALLS && failures >= calls * WINDOW_FAILED_SHARE;
  }
}
