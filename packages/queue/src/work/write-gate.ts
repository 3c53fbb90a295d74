import { Breaker } from '../util/breaker.ts';
import { errorText } from '../util/error-text.ts';
import { Notifier } from '../util/notifier.ts';

const PROBE_DEADLINE_MS = 1_000;
/** The longest pause between two probes, in ms: the worker goes on about as soon as Postgres takes writes again. */
const MAX_PAUSE_MS = 500;
/** Waiters check again this often, in case a notification went to another one, ms. */
const LOOK_AGAIN_MS = 1_000;

export interface GateOptions {
  /** A real write to Postgres. */
  readonly probe: (deadlineMs: number) => Promise<void>;
  readonly onChange: (paused: string | undefined) => void;
}

/**
 * Shut while Postgres takes no writes: nothing could be settled, so nothing is claimed. It opens when a real write
 * succeeds again.
 */
export class WriteGate {
  readonly #breaker: Breaker;
  readonly #opened = new Notifier();
  #paused: string | undefined;
  #stopped = false;

  constructor({ probe, onChange }: GateOptions) {
    this.#breaker = new Breaker({
      probe: () => probe(PROBE_DEADLINE_MS),
      slowMs: PROBE_DEADLINE_MS,
      maxPauseMs: MAX_PAUSE_MS,
      // A slow Postgres is no reason to wait: one write that succeeds is enough.
      probesToClose: 1,
      onChange: (shut, cause) => {
        this.#paused = shut ? `Postgres takes no writes: ${cause ? errorText(cause) : 'unknown'}` : undefined;
        onChange(this.#paused);
        if (!shut) this.#opened.notifyAll();
      },
    });
  }

  /** Why it is shut; `undefined` while it is open. */
  get paused(): string | undefined {
    return this.#paused;
  }

  shut(cause: Error): void {
    this.#breaker.trip(cause);
  }

  /** A write outside of its own probes has succeeded. */
  open(): void {
    this.#breaker.reset();
  }

  /** Resolves when it is open, or the worker stops. */
  async pass(): Promise<void> {
    while (this.#paused !== undefined && !this.#stopped) await this.#opened.wait(LOOK_AGAIN_MS);
  }

  stop(): void {
    this.#stopped = true;
    this.#breaker.stop();
    this.#opened.close();
  }
}
