import { type Db, readControls } from '@spillway/db';
import type { Pausable, Worker } from '@spillway/queue';
import type { Log } from '@spillway/observe';

const LOOK_EVERY_MS = 1_000;

/**
 * Follows what operators switch off and on. While Postgres cannot be asked, the last that was known holds. Resolves when it
 * was first asked, so that a worker that starts while all are paused does not begin; returns how to stop.
 */
export async function followControls(db: Db, queue: string, worker: Worker, log: Log): Promise<() => void> {
  let busy = false;

  const turn = (what: Pausable, isPaused: boolean) => (isPaused ? worker.pause(what) : worker.resume(what));
  const look = async () => {
    if (busy) return;
    busy = true;
    try {
      const controls = await readControls(db, queue);
      turn('worker', controls?.workerPaused ?? false);
      turn('recovery', controls?.recoveryPaused ?? false);
    } catch (error) {
      log.debug({ event: 'controls_unknown', err: error }, 'What operators have paused could not be read.');
    } finally {
      busy = false;
    }
  };

  await look();
  const timer = setInterval(() => void look(), LOOK_EVERY_MS);
  return () => clearInterval(timer);
}
