import { readControls, writeControls } from '@spillway/db';
import type { ControlsRow, Db } from '@spillway/db';
import { recordAction } from './audit.ts';
import type { Controls } from '../wire.ts';

export async function controlsOf(db: Db, queue: string): Promise<Controls> {
  return toControls(await readControls(db, queue));
}

/** Workers follow within about a second. */
export async function switchControl(
  db: Db,
  queue: string,
  by: string,
  { what, paused }: { readonly what: 'worker' | 'recovery'; readonly paused: boolean },
): Promise<Controls> {
  return db.transaction(async (tx) => {
    const change = what === 'worker' ? { workerPaused: paused } : { recoveryPaused: paused };
    const row = await writeControls(tx, queue, { ...change, changedBy: by, changedAt: new Date() });
    await recordAction({ db: tx, queue, by }, paused ? 'pause' : 'resume', what);
    return toControls(row);
  });
}

function toControls(row: ControlsRow | undefined): Controls {
  if (!row) return { workerPaused: false, recoveryPaused: false };
  const { workerPaused, recoveryPaused, changedBy, changedAt } = row;
  return { workerPaused, recoveryPaused, by: changedBy, at: changedAt.toISOString() };
}
