import type { Pool } from 'pg';
import { isLockTimeout } from '../connection/failures.ts';

/** One settlement of a pool waits this long for another transaction that holds its submission, in ms. */
const LONG_WAIT_MS = 1_000;
/** The others wait this long, in ms: enough for a transaction that is committing. */
const SHORT_WAIT_MS = 50;
/** After a long wait in vain, no settlement waits long for this time, in ms. */
const REST_MS = 5_000;

/**
 * How long settlements wait for locks. A worker that is frozen in its transactions holds the locks of all that it had claimed. If
 * each settlement waited for them, none would be left for the submissions that are free: so one waits, and the others do not.
 */
class Patience {
  #isWaiting = false;
  #restUntilMs = 0;

  /** Runs the statements that may wait, and tells them how long they may. */
  async wait<T>(run: (lockWaitMs: number) => Promise<T>): Promise<T> {
    if (this.#isWaiting || performance.now() < this.#restUntilMs) return run(SHORT_WAIT_MS);
    this.#isWaiting = true;
    try {
      return await run(LONG_WAIT_MS);
    } catch (error) {
      if (isLockTimeout(error)) this.#restUntilMs = performance.now() + REST_MS;
      throw error;
    } finally {
      this.#isWaiting = false;
    }
  }
}

const ofPools = new WeakMap<Pool, Patience>();

export function patienceOf(pool: Pool): Patience {
  const patience = ofPools.get(pool) ?? new Patience();
  ofPools.set(pool, patience);
  return patience;
}
