import { and, desc, eq, lt } from 'drizzle-orm';
import type { Db } from './client.ts';
import { auditLog } from './schema.ts';

/** One entry of the audit log. */
export interface NewAuditEntry {
  readonly queue: string;
  /** Email address. */
  readonly by: string;
  readonly action: string;
  readonly operationId?: string;
  readonly submissionId?: string;
  readonly filter?: unknown;
  readonly result: string;
}

export type AuditRow = typeof auditLog.$inferSelect;

export interface AuditWanted {
  readonly queue: string;
  readonly before?: number | undefined;
  readonly action?: string | undefined;
  readonly by?: string | undefined;
  readonly submissionId?: string | undefined;
  readonly limit: number;
}

/** Columns of one entry times entries stays below what one statement may carry. */
const MAX_ENTRIES = 1000;

/** Adds entries, as part of the caller's transaction. Nothing changes or deletes them. */
export async function insertAudit(tx: Pick<Db, 'insert'>, entries: readonly NewAuditEntry[]): Promise<void> {
  for (let from = 0; from < entries.length; from += MAX_ENTRIES) {
    await tx.insert(auditLog).values(entries.slice(from, from + MAX_ENTRIES));
  }
}

/** Entries, latest first. */
export async function listAudit(db: Pick<Db, 'select'>, wanted: AuditWanted): Promise<AuditRow[]> {
  const { queue, before, action, by, submissionId, limit } = wanted;
  return db
    .select()
    .from(auditLog)
    .where(
      and(
        eq(auditLog.queue, queue),
        before === undefined ? undefined : lt(auditLog.id, before),
        action === undefined ? undefined : eq(auditLog.action, action),
        by === undefined ? undefined : eq(auditLog.by, by),
        submissionId === undefined ? undefined : eq(auditLog.submissionId, submissionId),
      ),
    )
    .orderBy(desc(auditLog.id))
    .limit(limit);
}
