import type { Report } from '../contract/events.ts';
import type { ShadowLog } from '../contract/ledger.ts';
import type { RecoveryResult } from '../contract/views.ts';
import { errorText } from '../util/error-text.ts';
import { Notifier } from '../util/notifier.ts';
import type { Recovery } from './recovery.ts';

export interface RecoveryLoopOptions {
  /** Without Redis there is nothing to push to, and only the copies become rows. */
  readonly recovery: Recovery | undefined;
  readonly shadow: ShadowLog;
  readonly everyMs: number;
  /** Whether Postgres takes writes. */
  readonly canWrite: () => boolean;
  /** Whether Redis is there to push to, and no operator has paused it. */
  readonly canPush: () => boolean;
  readonly report: Report;
}

/** Makes rows of the copies that are due, and runs recovery: now and then, and at once while there is more to do. */
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
    return this.#options.recovery?.blocked ?? false;
  }

  checkSoon(): void {
    this.#options.recovery?.checkSoon();
  }

  wake(): void {
    this.#wake.notify();
  }

  /** Until it is stopped. */
  async run(): Promise<void> {
    const { everyMs, report } = this.#options;
    let pushed = 0;
    while (!this.#stopping) {
      const pass = await this.#runOnce();
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
    const { canWrite, canPush, recovery } = this.#options;
    if (!canWrite()) return undefined;
    // Also while Redis is away, when the worker needs the rows. If this fails, what waits is pushed all the same.
    await this.#try(() => this.#unfold());
    if (recovery === undefined || !canPush()) return undefined;
    const result = await this.#try(() => recovery.runOnce());
    this.#recovered += result?.pushed ?? 0;
    return result;
  }

  async #unfold(): Promise<void> {
    while (!this.#stopping && (await this.#options.shadow.unfold()) > 0);
  }

  async #try<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (cause) {
      const error = errorText(cause);
      this.#options.report('warn', 'recovery_failed', error, { error });
      return undefined;
    }
  }
}
