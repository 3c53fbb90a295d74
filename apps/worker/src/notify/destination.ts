import {
  circuitBreaker,
  ConsecutiveBreaker,
  DelegateBackoff,
  handleWhen,
  isBrokenCircuitError,
} from 'cockatiel';
import { PermanentError, RetryAfterError, SnoozeError } from '@spillway/queue';
import { RateLimiterMemory, RateLimiterQueue } from 'rate-limiter-flexible';

const SECOND_MS = 1000;
const FAILURES_IN_A_ROW = 5;
/** Pauses of a destination that fails: doubled each time, ms. */
const FIRST_PAUSE_MS = 5 * SECOND_MS;
const LONGEST_PAUSE_MS = 30 * 60 * SECOND_MS;
/** The longest pause that a destination may ask for, ms. */
const LONGEST_ASKED_MS = 24 * 60 * 60 * SECOND_MS;
/** What waited for a pause does not come back all at once: spread over this time, ms. */
const SPREAD_MS = 5 * SECOND_MS;

export interface DestinationOptions {
  /** A host, or the mail server: for people, without anything secret. */
  readonly name: string;
  /** Most calls a second, from this process. */
  readonly perSecond: number;
  /** `until`: when the next call is tried; `undefined` when calls are made again. */
  readonly onPause: (name: string, until: Date | undefined) => void;
}

/**
 * A server that notices are sent to. Calls to it are limited in their rate; and while it fails, or has asked for a pause, notices are
 * snoozed and use up no attempt: only one call in a while finds out whether it is back.
 */
export class Destination {
  readonly #options: DestinationOptions;
  readonly #rate: RateLimiterQueue;
  readonly #breaker;
  #resumesAtMs = 0;

  constructor(options: DestinationOptions) {
    this.#options = options;
    this.#rate = new RateLimiterQueue(new RateLimiterMemory({ points: options.perSecond, duration: 1 }));
    this.#breaker = circuitBreaker(handleWhen(isOfDestination), {
      breaker: new ConsecutiveBreaker(FAILURES_IN_A_ROW),
      halfOpenAfter: new DelegateBackoff(({ attempt }) => this.#pauseFor(pauseMs(attempt))),
    });
    this.#breaker.onReset(() => options.onPause(options.name, undefined));
  }

  /** Rejects with `SnoozeError` while it is paused, else with what `send` rejects with. */
  async call(send: () => Promise<void>): Promise<void> {
    this.#checkPause();
    await this.#rate.removeTokens(1);
    this.#checkPause();
    try {
      await this.#breaker.execute(send);
    } catch (error) {
      if (isBrokenCircuitError(error)) throw this.#snooze(FIRST_PAUSE_MS);
      if (error instanceof RetryAfterError)
        this.#pauseFor(Math.min(LONGEST_ASKED_MS, error.at.getTime() - Date.now()));
      throw error;
    }
  }

  #checkPause(): void {
    const waitMs = this.#resumesAtMs - Date.now();
    if (waitMs > 0) throw this.#snooze(waitMs);
  }

  #snooze(waitMs: number): SnoozeError {
    return new SnoozeError(waitMs + Math.random() * SPREAD_MS, `${this.#options.name} is paused: it failed`);
  }

  #pauseFor(ms: number): number {
    this.#resumesAtMs = Math.max(this.#resumesAtMs, Date.now() + ms);
    this.#options.onPause(this.#options.name, new Date(this.#resumesAtMs));
    return ms;
  }
}

/** The destination refuses this message, and perhaps no other. */
export class MessageRefusedError extends Error {
  override readonly name = 'MessageRefusedError';
}

/** What a message brought about by itself says nothing about the others. */
function isOfDestination(error: unknown): boolean {
  return !(error instanceof PermanentError || error instanceof MessageRefusedError);
}

function pauseMs(attempt: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 1));
}
