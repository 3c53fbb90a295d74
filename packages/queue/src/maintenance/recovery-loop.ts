import type { Report } from '../contract/events.ts';
import type { RecoveryResult } from '../contract/views.ts';
import { errorText } from '../util/error-text.ts';
import { Notifier } from '../util/notifier.ts';
import type { Recovery } from './recovery.ts';

export interface RecoveryLoopOptions {
  readonly recovery: Recovery;
  readonly everyMs: number;
  /** Whether Redis is there to push to, Postgres takes writes, and no operator has paused it. */
  readonly isPossible: () => boolean;
  readonly report: Report;
}

/** Runs recovery now and then, and at once while there is more to push. */
export class RecoveryLoop {
  readonly #options: RecoveryLoopOptions;
  readonly #wake = new Notifier();
  #recovered = 0;
  #stopping = false;

  constructor(options: RecoveryLoopOptions) {
    this.#options = options;
  }

  /** Rows pushed since it began. */
  get recovered(): number {
    return this.#recovered;
  }

  /** What waits in Postgres cannot get into Redis. */
  get blocked(): boolean {
    return this.#options.recovery.blocked;
  }

  checkSoon(): void {
    this.#options.recovery.checkSoon();
  }

  wake(): void {
    this.#wake.notify();
  }

  /** Until it is stopped. */
  async run(): Promise<void> {
    const { everyMs, isPossible, report } = this.#options;
    let pushed = 0;
    while (!this.#stopping) {
      const pass = isPossible() ? await this.#runOnce() : undefined;
      pushed += pass?.pushed ?? 0;
      if (pass?.more && !pass.full) continue;
      if (pushed > 0)
        report('info', 'recovered', `${pushed} submissions went from Postgres to Redis`, { pushed });
      pushed = 0;
      await this.#wake.wait(everyMs);
    }
  }

  stop(): void {
    this.#stopping = true;
    this.#wake.close();
  }

  async #runOnce(): Promise<RecoveryResult | undefined> {
    try {
      const result = await this.#options.recovery.runOnce();
      this.#recovered += result.pushed;
      return result;
    } catch (cause) {
      const error = errorText(cause);
      this.#options.report('warn', 'recovery_failed', error, { error });
      return undefined;
    }
  }
}
