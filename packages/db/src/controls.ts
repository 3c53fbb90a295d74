import { eq } from 'drizzle-orm';
import type { Db } from './client.ts';
import { controls } from './schema.ts';

/** What operators have switched off. */
export interface ControlsRow {
  readonly workerPaused: boolean;
  readonly recoveryPaused: boolean;
  readonly changedBy: string;
  readonly changedAt: Date;
}

/** `undefined`: no switch was ever set. */
export async function readControls(db: Pick<Db, 'select'>, queue: string): Promise<ControlsRow | undefined> {
  const [row] = await db.select().from(controls).where(eq(controls.queue, queue));
  return row;
}

export async function writeControls(
  tx: Pick<Db, 'insert'>,
  queue: string,
  change: Partial<Pick<ControlsRow, 'workerPaused' | 'recoveryPaused'>> &
    Pick<ControlsRow, 'changedBy' | 'changedAt'>,
): Promise<ControlsRow> {
  const [row] = await tx
    .insert(controls)
    .values({ queue, ...change })
    .onConflictDoUpdate({ target: controls.queue, set: change })
    .returning();
  if (!row) throw new Error('The controls were not written.');
  return row;
}
