import { and, desc, eq, lt, sql } from 'drizzle-orm';
import type { Db } from './client.ts';
import { insertAudit } from './audit.ts';
import { operations } from './schema.ts';

/** After this time without a report, the process of an operation counts as ended. */
const SILENT_FOR = sql`interval '30 s'`;
const LATEST = 20;

export type OperationRow = typeof operations.$inferSelect;
export type OperationEnd = Exclude<OperationRow['state'], 'running'>;

/** A database or the caller's transaction. */
type Tx = Pick<Db, 'insert' | 'update'>;

export interface NewOperation {
  readonly queue: string;
  readonly action: string;
  readonly target: unknown;
  readonly by: string;
  readonly total: number | null;
}

export async function insertOperation(db: Db, operation: NewOperation): Promise<OperationRow> {
  const [row] = await db.insert(operations).values(operation).returning();
  if (!row) throw new Error('The operation was not written.');
  return row;
}

/**
 * Records progress, and that the process of this operation is alive. `undefined`: another process has ended the operation
 * meanwhile, so that the caller must roll its batch back.
 */
export async function advanceOperation(
  tx: Pick<Db, 'update'>,
  id: string,
  by: { readonly done?: number; readonly skipped?: number },
): Promise<{ readonly isCancelled: boolean } | undefined> {
  const { done = 0, skipped = 0 } = by;
  const [row] = await tx
    .update(operations)
    .set({
      done: sql`${operations.done} + ${done}`,
      skipped: sql`${operations.skipped} + ${skipped}`,
      beatAt: sql`now()`,
    })
    .where(and(eq(operations.id, id), eq(operations.state, 'running')))
    .returning({ isCancelled: operations.isCancelled });
  return row;
}

/** Ends an operation, once, and writes its entry into the audit log with it. */
export async function endOperation(db: Db, id: string, state: OperationEnd, error?: string): Promise<void> {
  await db.transaction(async (tx) => {
    const ended = await tx
      .update(operations)
      .set({ state, endedAt: sql`now()`, ...(error !== undefined && { error }) })
      .where(and(eq(operations.id, id), eq(operations.state, 'running')))
      .returning();
    await recordEnds(tx, ended);
  });
}

/** Marks operations as interrupted whose process has stopped reporting. */
export async function endSilentOperations(db: Db, queue: string): Promise<void> {
  const isSilent = and(
    eq(operations.queue, queue),
    eq(operations.state, 'running'),
    lt(operations.beatAt, sql`now() - ${SILENT_FOR}`),
  );
  // Read first, because there is nearly always nothing to write.
  if ((await db.$count(operations, isSilent)) === 0) return;
  await db.transaction(async (tx) => {
    const ended = await tx
      .update(operations)
      .set({ state: 'interrupted', endedAt: sql`now()` })
      .where(isSilent)
      .returning();
    await recordEnds(tx, ended);
  });
}

/** Asks the process of the operation to end it. */
export async function cancelOperation(db: Db, queue: string, id: string): Promise<void> {
  await db
    .update(operations)
    .set({ isCancelled: true })
    .where(and(eq(operations.queue, queue), eq(operations.id, id), eq(operations.state, 'running')));
}

export async function readOperation(db: Db, queue: string, id: string): Promise<OperationRow | undefined> {
  const [row] = await db
    .select()
    .from(operations)
    .where(and(eq(operations.queue, queue), eq(operations.id, id)));
  return row;
}

/** The latest, and with them those that run: few ever do at a time. */
export async function listOperations(db: Db, queue: string): Promise<OperationRow[]> {
  return db
    .select()
    .from(operations)
    .where(eq(operations.queue, queue))
    .orderBy(sql`${operations.state} = 'running' DESC`, desc(operations.startedAt))
    .limit(LATEST);
}

async function recordEnds(tx: Tx, ended: readonly OperationRow[]): Promise<void> {
  await insertAudit(
    tx,
    ended.map((row) => ({
      queue: row.queue,
      by: row.by,
      action: row.action,
      operationId: row.id,
      filter: row.target,
      result: `${row.state}: ${row.done} carried out, ${row.skipped} skipped${row.error === null ? '' : `; ${row.error}`}`,
    })),
  );
}
