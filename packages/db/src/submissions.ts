import { and, desc, eq, gte, inArray, lt, lte, sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
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
 * Writes submissions in one statement, as part of the caller's transaction. At most about 10,000 rows a call.
 * An id that already exists fails the whole statement on purpose: the queue passes each id to a handler once, so a
 * second one is a defect that must be seen, not skipped.
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

type SubmissionRow = typeof submissions.$inferSelect;

/** Processed submissions by their ids, in any order. */
export async function readSubmissions(
  db: Pick<Db, 'select'>,
  ids: readonly string[],
): Promise<SubmissionRow[]> {
  if (ids.length === 0) return [];
  return db
    .select()
    .from(submissions)
    .where(inArray(submissions.id, [...ids]));
}

export interface SubmissionSearch {
  /** Parts of the data as JSON text, in upper or lower case: any of them is enough. */
  readonly texts: readonly string[];
  readonly form?: string | undefined;
  readonly receivedAfter?: Date | undefined;
  readonly receivedBefore?: Date | undefined;
  readonly minAttempts?: number | undefined;
  /** Only ids below this one. */
  readonly before?: string | undefined;
  readonly limit: number;
  /** The time limit of the search, in ms; then the rows found so far are the answer. */
  readonly forMs: number;
}

export interface FoundSubmissions {
  readonly rows: readonly SubmissionRow[];
  /** The cursor of the next page. */
  readonly next: string | undefined;
  readonly timedOut: boolean;
}

/** The number of rows that the first step searches, because data may be large; each further step searches twice as many. */
const FIRST_STRETCH = 100;
const MAX_STRETCH = 5000;

/** Looks through the data, latest ids first, stretch by stretch. */
export async function searchSubmissions(db: Db, search: SubmissionSearch): Promise<FoundSubmissions> {
  const overAtMs = performance.now() + search.forMs;
  const patterns = search.texts.map((text) => `%${text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`);
  const wanted = and(
    sql`${submissions.data}::text ILIKE ANY(${sql.param(patterns)}::text[])`,
    search.form === undefined ? undefined : eq(submissions.form, search.form),
    search.receivedAfter && gte(submissions.receivedAt, search.receivedAfter),
    search.receivedBefore && lte(submissions.receivedAt, search.receivedBefore),
    search.minAttempts === undefined ? undefined : gte(submissions.attempts, search.minAttempts),
  );
  const rows: SubmissionRow[] = [];
  let before = search.before;
  for (let length = FIRST_STRETCH; ; length = Math.min(MAX_STRETCH, 2 * length)) {
    if (performance.now() > overAtMs) return { rows, next: before, timedOut: true };
    const end = await lastOfStretch(db, before, length);
    const range = and(isBefore(before), end === undefined ? undefined : gte(submissions.id, end));
    const found = await db
      .select()
      .from(submissions)
      .where(and(range, wanted))
      .orderBy(desc(submissions.id))
      .limit(search.limit + 1 - rows.length);
    rows.push(...found);
    if (rows.length > search.limit) {
      const page = rows.slice(0, search.limit);
      return { rows: page, next: page.at(-1)?.id, timedOut: false };
    }
    if (end === undefined) return { rows, next: undefined, timedOut: false };
    before = end;
  }
}

async function lastOfStretch(
  db: Db,
  before: string | undefined,
  length: number,
): Promise<string | undefined> {
  const [last] = await db
    .select({ id: submissions.id })
    .from(submissions)
    .where(isBefore(before))
    .orderBy(desc(submissions.id))
    .offset(length - 1)
    .limit(1);
  return last?.id;
}

function isBefore(id: string | undefined): SQL | undefined {
  return id === undefined ? undefined : lt(submissions.id, id);
}
