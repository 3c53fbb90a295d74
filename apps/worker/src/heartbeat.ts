import { type Db, farewell, heartbeat } from '@spillway/db';
import type { Worker } from '@spillway/queue';
import type { Log } from '@spillway/observe';
import { doingOf } from './doing.ts';

const BEAT_MS = 5_000;

/** Records every five seconds that this worker runs, for the operators' page. Returns a function that removes the record. */
export function startHeartbeat(db: Db, worker: Worker, version: string, log: Log): () => Promise<void> {
  const startedAt = new Date();
  let busy = false;
  let failing = false;

  const beat = async () => {
    // One at a time: against a Postgres that hangs they would pile up.
    if (busy) return;
    busy = true;
    try {
      const view = worker.view();
      const { name, workingFrom, inFlight, settled } = view;
      const doing = doingOf(view);
      await heartbeat(db, { name, startedAt, workingFrom, inFlight, settled, version, doing });
      failing = false;
    } catch (error) {
      if (!failing) log.warn({ event: 'heartbeat_failed' }, `No heartbeat was written: ${rootCause(error)}`);
      failing = true;
    } finally {
      busy = false;
    }
  };

  void beat();
  const timer = setInterval(() => void beat(), BEAT_MS);
  return async () => {
    clearInterval(timer);
    // Without it, it counts as alive until its last beat is old enough.
    await farewell(db, worker.name).catch((error: unknown) => {
      log.warn(
        { event: 'farewell_failed' },
        `The operators' page still shows this worker: ${rootCause(error)}`,
      );
    });
  };
}

/** What Postgres or the network said; the error around it repeats the whole query. */
function rootCause(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error ? cause.message : String(cause);
}
