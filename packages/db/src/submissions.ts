import { eq } from 'drizzle-orm';
import type { Db } from './client.ts';
import { submissions } from './schema.ts';

/** A row to write. `processedAt` is the database's clock. */
export interface NewSubmission {
  readonly id: string;
  readonly form: string;
  readonly data: unknown;
  readonly receivedAt: Date;
  readonly attempts: number;
}

/**
 * Writes submissions in one statement, as part of the caller's transaction. At most some 10,000 rows a call.
 * An id that is already there fails the whole statement on purpose: the queue hands out each id once, so a
 * second one is a fault to be seen, not to be skipped.
 */
export async function insertSubmissions(
  tx: Pick<Db, 'insert'>,
  rows: readonly NewSubmission[],
): Promise<void> {
  if (rows.length === 0) return;
  await tx.insert(submissions).values([...rows]);
}

/** A processed submission, or `undefined`. */
export async function readSubmission(
  db: Pick<Db, 'select'>,
  id: string,
): Promise<typeof submissions.$inferSelect | undefined> {
  const [row] = await db.select().from(submissions).where(eq(submissions.id, id));
  return row;
}
