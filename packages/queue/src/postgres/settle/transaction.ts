import { NodePgSession, NodePgTransaction } from 'drizzle-orm/node-postgres';
import { PgDialect } from 'drizzle-orm/pg-core';
import type { Pool, PoolClient } from 'pg';
import { HandlerAbortedError } from '../../contract/failures.ts';
import { DeadlineError } from '../../util/deadline.ts';
import { withConnection } from '../connection/connection.ts';
import { begin } from './guard.ts';
import { patienceOf } from './patience.ts';
import type { Transaction } from '../../contract/transaction.ts';

/** The steps of a settling transaction, in order. */
export interface Steps<Written> {
  /** Its first statement is sent with BEGIN; it must write nothing unless `IS_BEGUN`. */
  readonly write: (client: PoolClient) => Promise<Written>;
  /**
   * It may take any time. `lost` aborts when the connection breaks. If it rejects because of a `HandlerAbortedError`, it may be
   * running on, and the connection is destroyed. Default: no effect.
   */
  readonly effect?: (written: Written, tx: Transaction, lost: AbortSignal) => Promise<void>;
  /** One statement, which is sent with COMMIT: that saves a round trip. It must delete nothing unless `IS_BEGUN`. */
  readonly clear: (written: Written, client: PoolClient) => Promise<void>;
}

/**
 * A transaction in two round trips to Postgres, with the effect in between. In READ COMMITTED: the unique outcome makes a second
 * settler wait for the first, and then see it. READ WRITE is not set: an administrator may have made Postgres read-only, and a
 * standby would answer with an error that does not count as the store's.
 */
export async function settlingTransaction<Written>(
  pool: Pool,
  deadlineMs: number,
  { write, effect, clear }: Steps<Written>,
): Promise<Written> {
  return withConnection(pool, deadlineMs, async (_, client, deadline) => {
    try {
      const written = await patienceOf(pool).wait(async (lockWaitMs) => {
        const [, result] = await Promise.all([client.query(begin(lockWaitMs)), write(client)]);
        return result;
      });
      if (effect) {
        if (deadline.over) throw new DeadlineError(deadlineMs);
        deadline.stop();
        await effect(written, transactionOn(client), deadline.lost)
          .catch((error: Error) => {
            // The handler may still be running a statement: a ROLLBACK would wait behind it.
            if (error.cause instanceof HandlerAbortedError) deadline.breakOff(error);
            throw error;
          })
          .finally(() => deadline.start(deadlineMs));
      }
      const [, { command }] = await Promise.all([clear(written, client), client.query('COMMIT')]);
      if (command !== 'COMMIT') throw new Error(`COMMIT was answered by ${command}`);
      return written;
    } catch (error) {
      // If this fails too, the connection is broken, and the first error says why.
      await client.query('ROLLBACK').catch(() => {});
      throw error;
    }
  });
}

const dialect = new PgDialect();

/** Drizzle on a transaction that has begun. */
function transactionOn(client: PoolClient): Transaction {
  return new NodePgTransaction(dialect, new NodePgSession(client, dialect, undefined), undefined);
}
