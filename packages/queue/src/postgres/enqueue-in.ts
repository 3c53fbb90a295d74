import type { PoolClient } from 'pg';
import { ConflictError, InvalidOptionsError, NotAcceptedError, kindOf } from '../contract/errors.ts';
import type { QueueTables } from './statement/tables.ts';
import type { PushItem } from '../contract/store.ts';
import type { CallersTransaction, Runner } from '../contract/transaction.ts';
import { databaseOf } from './connection/connection.ts';
import { pushRows } from './push.ts';

const RETRY_AFTER_MS = 1_000;

const EXPECTED =
  'Give the tx of db.transaction(async (tx) => …), or a client of pg after `await client.query("BEGIN")`';

/**
 * The transaction as the queue's statements use it. Throws `InvalidOptionsError` unless one is open: without one, the submission
 * would be stored at once, and stay if the caller's own rows are rolled back.
 */
export function openTransaction(tx: CallersTransaction): Runner {
  const client = clientOf(tx);
  const wrong = whyNotOpen(tx, client);
  if (wrong !== undefined) {
    throw new InvalidOptionsError(
      `enqueueIn needs an open transaction, and was given ${wrong}. ${EXPECTED}.`,
    );
  }
  return client !== undefined && 'execute' in tx ? databaseOf(client) : tx;
}

/** The connection of pg, if it is one: Drizzle runs on other drivers too, and does not make its own public. */
function clientOf(tx: unknown): PoolClient | undefined {
  const { session, getTransactionStatus } = Object(tx);
  const client = getTransactionStatus === undefined ? Object(session).client : tx;
  return typeof Object(client).getTransactionStatus === 'function' ? client : undefined;
}

function whyNotOpen(tx: unknown, client: PoolClient | undefined): string | undefined {
  if (typeof tx !== 'object' || tx === null) return kindOf(tx);
  if ('totalCount' in tx) return 'a Pool, which takes another connection for each statement';
  // Only a transaction of Drizzle's has rollback().
  if ('execute' in tx && !('rollback' in tx)) return 'a database of Drizzle';
  if (!('execute' in tx || 'query' in tx)) return 'an object of another package';
  // "I" is idle: no BEGIN was answered, or the transaction has ended.
  return client?.getTransactionStatus() === 'I' ? 'one that has not begun, or has ended' : undefined;
}

/** Writes a submission with the caller's own rows. Workers and recovery do not see it until the caller commits. */
export async function enqueueIn(
  tx: Runner,
  queue: QueueTables,
  item: PushItem,
): Promise<{ readonly id: string; readonly duplicate: boolean }> {
  const { id } = item.envelope;
  const [answer] = await pushRows(tx, queue, [{ ...item, reason: 'transaction' }]);
  if (answer === 'conflict') throw new ConflictError(id);
  if (answer !== 'stored' && answer !== 'duplicate') throw new NotAcceptedError(id, false, RETRY_AFTER_MS);
  return { id, duplicate: answer === 'duplicate' };
}
