import { eq, gt, lt, sql } from 'drizzle-orm';
import type { Db } from './client.ts';
import { workers } from './schema.ts';

const FORGET_AFTER = sql`interval '1 day'`;

/** The report of a worker. */
export interface Heartbeat {
  /** Unique among the processes that run. */
  readonly name: string;
  readonly startedAt: Date;
  /** The store it takes work from: `redis`, `postgres` or `none`. */
  readonly workingFrom: string;
  readonly inFlight: number;
  /** Submissions settled since it started. */
  readonly settled: number;
  readonly version: string;
  /** In words. */
  readonly doing: string;
}

/** A worker and the time of its last report, by the database's clock. */
export interface WorkerRow extends Heartbeat {
  readonly seenAt: Date;
}

/** Records that a worker is alive, and deletes workers without a report for a day. */
export async function heartbeat(db: Db, row: Heartbeat): Promise<void> {
  const { name, ...told } = row;
  const seenAt = sql`now()`;
  await db
    .insert(workers)
    .values({ name, ...told, seenAt })
    .onConflictDoUpdate({ target: workers.name, set: { ...told, seenAt } });
  await db.delete(workers).where(lt(workers.seenAt, sql`now() - ${FORGET_AFTER}`));
}

/** A worker has stopped in good order: it is not to be waited for. */
export async function farewell(db: Db, name: string): Promise<void> {
  await db.delete(workers).where(eq(workers.name, name));
}

/** Workers with a report within the last `sinceMs` milliseconds, by name. */
export async function listWorkers(db: Db, within: { readonly sinceMs: number }): Promise<WorkerRow[]> {
  const since = sql`now() - ${within.sinceMs} * interval '1 millisecond'`;
  return db.select().from(workers).where(gt(workers.seenAt, since)).orderBy(workers.name);
}
