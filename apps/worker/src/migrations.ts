import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '@spillway/observe';

const FIRST_RETRY_MS = 250;
const SLOWEST_RETRY_MS = 5_000;

/**
 * Runs the migrations until they have succeeded once, or until `signal`: a worker may start before its Postgres.
 * Logs a failure once, and again only when the reason changes. True when the migrations succeeded.
 */
export async function migrateUntilDone(
  migrate: () => Promise<void>,
  log: Log,
  signal: AbortSignal,
): Promise<boolean> {
  let reported: string | undefined;
  for (let retryMs = FIRST_RETRY_MS; !signal.aborted; retryMs = Math.min(retryMs * 2, SLOWEST_RETRY_MS)) {
    try {
      await migrate();
      log.info({ event: 'migrated' }, 'The tables are up to date.');
      return true;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (reason !== reported)
        log.warn({ event: 'migration_waits', err: error }, 'No migration yet, trying on.');
      reported = reason;
    }
    await sleep(retryMs, undefined, { signal }).catch(() => {});
  }
  return false;
}
