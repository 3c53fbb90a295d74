import { setTimeout as pause } from 'node:timers/promises';
import { monotonicMs } from './clock.ts';
import type { Rig } from './rig.ts';
import { countRows } from './tables.ts';

const DRAIN_TIMEOUT_MS = 90_000;
const LOOK_EVERY_MS = 100;
/** A submission that moves between the stores is visible in one of them within this many checks. */
const EMPTY_LOOKS = 4;

/**
 * Waits until both stores are empty. It asks them directly, not through the code under test. Returns a text that says
 * what is left after 90 s; undefined: nothing.
 */
export async function drain(rig: Rig): Promise<string | undefined> {
  const untilMs = monotonicMs() + DRAIN_TIMEOUT_MS;
  let emptyLooks = 0;
  for (;;) {
    const left = await whatIsLeft(rig);
    emptyLooks = left === undefined ? emptyLooks + 1 : 0;
    if (emptyLooks >= EMPTY_LOOKS) return undefined;
    if (monotonicMs() > untilMs) return left;
    await pause(LOOK_EVERY_MS);
  }
}

async function whatIsLeft({ stores, queueName }: Rig): Promise<string | undefined> {
  try {
    const [rows, jobs] = await Promise.all([
      countRows(stores.admin, queueName),
      stores.redis.command('HLEN', `spillway:{${queueName}}:jobs`),
    ]);
    if (rows === 0 && jobs === 0) return undefined;
    return `${rows} rows in Postgres and ${String(jobs)} jobs in Redis`;
  } catch (error) {
    return `a store that does not answer: ${String(error)}`;
  }
}
