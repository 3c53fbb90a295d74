import { systemClock } from '../util/clock.ts';
import type { Clock } from '../util/clock.ts';

const SAMPLES = 256;
/** The quantile is computed again after this many samples: sorting for each one would cost more than it is worth. */
const REFRESH_EVERY = 32;
/** The hedge delay is this many times the recent p99. */
const P99_FACTOR = 3;

/** How long a store may be silent before the other is written as well: about three times its recent p99, clamped. */
export class HedgeDelay {
  // A typed array sorts without a comparison in JavaScript, which was a twentieth of the accept path.
  readonly #samples = new Float64Array(SAMPLES);
  #next = 0;
  #delayMs: number;
  readonly #bounds: { readonly min: number; readonly max: number };

  /** `bounds` in ms. Starts at the upper one: an unknown store is given time. */
  constructor(bounds: { readonly min: number; readonly max: number }) {
    this.#bounds = bounds;
    this.#delayMs = bounds.max;
  }

  get ms(): number {
    return this.#delayMs;
  }

  /** Records how long an answered write took, in ms. */
  record(durationMs: number): void {
    this.#samples[this.#next % SAMPLES] = durationMs;
    this.#next += 1;
    if (this.#next % REFRESH_EVERY === 0) this.#delayMs = this.#compute();
  }

  #compute(): number {
    const sorted = this.#samples.slice(0, this.#next).sort();
    const p99Ms = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.99))] ?? this.#bounds.max;
    return Math.min(this.#bounds.max, Math.max(this.#bounds.min, P99_FACTOR * p99Ms));
  }
}

/**
 * Calls `run` once `ms` have passed in silence; the returned function cancels. `run` waits one turn of the event loop: if this
 * process was blocked, the answer is already there.
 */
export function afterSilence(ms: number, run: () => void, clock: Clock = systemClock): () => void {
  let cancelled = false;
  const cancelTimer = clock.after(ms, () => {
    setImmediate(() => {
      if (!cancelled) run();
    });
  });
  return () => {
    cancelled = true;
    cancelTimer();
  };
}
