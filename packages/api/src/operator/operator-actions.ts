import { randomUUID } from 'node:crypto';
import { insertAudit } from '@spillway/db';
import type { Db, NewAuditEntry } from '@spillway/db';
import type { Action, TransactionHook, Queue } from '@spillway/queue';
import type { Decided, Me } from '../wire.ts';

interface ActionContext {
  readonly queue: Queue;
  readonly db: Db;
  readonly me: Me;
}

const RESULTS = {
  retry: 'waits again, with its attempts anew',
  discard: 'given up',
  requeue: 'due now',
} as const satisfies Record<Action, string>;

/** One entry for each submission, in the transaction that the action is carried out in. */
export function auditHook(
  common: Pick<NewAuditEntry, 'queue' | 'by' | 'action'> & { readonly operationId?: string },
  action: Action,
): TransactionHook {
  return (ids, tx) =>
    insertAudit(
      tx,
      ids.map((submissionId) => ({ ...common, submissionId, result: RESULTS[action] })),
    );
}

/** Carries out an action on a few submissions, at once. An entry each in the audit log, and one for all where there are more. */
export async function applyAction(
  { queue, db, me }: ActionContext,
  action: Action,
  ids: readonly string[],
): Promise<Decided> {
  const common = { queue: queue.name, by: me.email, action };
  if (ids.length === 1) return { ids: await queue[action](ids, auditHook(common, action)) };
  const operationId = randomUUID();
  const decided = await queue[action](ids, auditHook({ ...common, operationId }, action));
  const result = `done: ${decided.length} carried out, ${ids.length - decided.length} skipped`;
  await insertAudit(db, [{ ...common, operationId, filter: { ids }, result }]);
  return { ids: decided };
}
