import { type Db, heartbeat } from '@spillway/db';
import type { Worker } from '@spillway/queue';
import type { Logger } from './log.ts';

const BEAT_MS = 5_000;

/** Tells the operators' page every five seconds that this worker lives. Returns the end of it. */
export function startHeartbeat(db: Db, worker: Worker, version: string, log: Logger): () => void {
  const startedAt = new Date();
  let busy = false;
  let failing = false;

  const beat = async () => {
    // One at a time: against a Postgres that hangs they would pile up.
    if (busy) return;
    busy = true;
    try {
      const { name, workingFrom, inFlight, settled } = worker.view();
      await heartbeat(db, { name, startedAt, workingFrom, inFlight, settled, version });
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
  return () => clearInterval(timer);
}

/** What Postgres or the network said; the error around it repeats the whole query. */
function rootCause(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error ? cause.message : String(cause);
}
