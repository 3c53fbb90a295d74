import type { QueueTables } from './statement/tables.ts';
import { ConflictError, NotAcceptedError } from '../contract/errors.ts';
import type { PushItem } from '../contract/store.ts';
import type { CallersTransaction } from '../contract/transaction.ts';
import { pushRows } from './push.ts';

const RETRY_AFTER_MS = 1_000;

/** Writes a submission with the caller's own rows. Workers and recovery do not see it until the caller commits. */
export async function enqueueIn(
  tx: CallersTransaction,
  queue: QueueTables,
  item: PushItem,
): Promise<{ readonly id: string; readonly duplicate: boolean }> {
  const { id } = item.envelope;
  const [answer] = await pushRows(tx, queue, [{ ...item, reason: 'transaction' }]);
  if (answer === 'conflict') throw new ConflictError(id);
  if (answer !== 'stored' && answer !== 'duplicate') throw new NotAcceptedError(id, false, RETRY_AFTER_MS);
  return { id, duplicate: answer === 'duplicate' };
}
