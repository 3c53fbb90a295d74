import { insertAudit, listAudit } from '@spillway/db';
import type { AuditRow, Db } from '@spillway/db';
import type { AuditEntry, AuditPage, Target } from '../wire.ts';

const PAGE = 50;
const CURSOR = /^\d{1,15}$/;

/** What the log is asked for. */
interface AuditQuery {
  readonly cursor?: string;
  readonly action?: string;
  readonly by?: string;
  readonly submissionId?: string;
}

/** A page of the log, latest first. */
export async function readAudit(db: Db, queue: string, query: AuditQuery): Promise<AuditPage> {
  const { cursor = '', ...wanted } = query;
  const before = CURSOR.test(cursor) ? Number(cursor) : undefined;
  const rows = await listAudit(db, { ...wanted, queue, before, limit: PAGE + 1 });
  const last = rows[PAGE - 1];
  return {
    entries: rows.slice(0, PAGE).map(toEntry),
    ...(rows.length > PAGE && last && { nextCursor: String(last.id) }),
  };
}

/** Writes an action that concerns no single submission. */
export async function recordAction(
  { db, queue, by }: { readonly db: Pick<Db, 'insert'>; readonly queue: string; readonly by: string },
  action: string,
  result: string,
  filter?: unknown,
): Promise<void> {
  await insertAudit(db, [{ queue, by, action, result, filter }]);
}

function toEntry(row: AuditRow): AuditEntry {
  const { id, at, by, action, operationId, submissionId, filter, result } = row;
  return {
    id: String(id),
    at: at.toISOString(),
    by,
    action,
    ...(operationId !== null && { operationId }),
    ...(submissionId !== null && { submissionId }),
    ...(filter !== null && { filter: filter as Target }),
    result,
  };
}
