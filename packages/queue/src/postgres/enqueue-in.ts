import { ConflictError, InvalidOptionsError, NotAcceptedError, kindOf } from '../contract/errors.ts';
import type { PushItem } from '../contract/store.ts';
import type { CallersTransaction } from '../contract/transaction.ts';
import { pushRows } from './push.ts';

const RETRY_AFTER_MS = 1_000;

const EXPECTED =
  'Give the tx of db.transaction(async (tx) => …), or a client of pg after `await client.query("BEGIN")`';

/**
 * Throws `InvalidOptionsError` unless a transaction is open: without one, the submission would be stored at once, and stay if the
 * caller's own rows are rolled back.
 */
export function checkTransaction(tx: unknown): void {
  const wrong = whyNotOpen(tx);
  if (wrong === undefined) return;
  throw new InvalidOptionsError(`enqueueIn needs an open transaction, and was given ${wrong}. ${EXPECTED}.`);
}

function whyNotOpen(tx: unknown): string | undefined {
  if (typeof tx !== 'object' || tx === null) return kindOf(tx);
  if ('totalCount' in tx) return 'a Pool, which takes another connection for each statement';
  // Only a transaction of Drizzle's has rollback(). Its client is not public, and of other drivers it says nothing.
  if ('execute' in tx && !('rollback' in tx)) return 'a database of Drizzle';
  const client: unknown = 'execute' in tx ? Object(Reflect.get(tx, 'session')).client : tx;
  if (!('execute' in tx) && typeof Object(client).query !== 'function') return 'an object of another package';
  // pg has it since 8.17. "I" is idle: no BEGIN was answered, or the transaction has ended.
  const { getTransactionStatus } = Object(client);
  if (typeof getTransactionStatus !== 'function') return undefined;
  return getTransactionStatus.call(client) === 'I' ? 'one that has not begun, or has ended' : undefined;
}

/** Writes a submission with the caller's own rows. Workers and recovery do not see it until the caller commits. */
export async function enqueueIn(
  tx: CallersTransaction,
  queue: string,
  item: PushItem,
): Promise<{ readonly id: string; readonly duplicate: boolean }> {
  const { id } = item.envelope;
  const [answer] = await pushRows(tx, queue, [{ ...item, reason: 'transaction' }]);
  if (answer === 'conflict') throw new ConflictError(id);
  if (answer !== 'stored' && answer !== 'duplicate') throw new NotAcceptedError(id, false, RETRY_AFTER_MS);
  return { id, duplicate: answer === 'duplicate' };
}
