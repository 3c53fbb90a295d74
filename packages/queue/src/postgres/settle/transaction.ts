import { NodePgSession, NodePgTransaction } from 'drizzle-orm/node-postgres';
import { PgDialect } from 'drizzle-orm/pg-core';
import type { Pool, PoolClient } from 'pg';
import { DeadlineError } from '../../util/deadline.ts';
import { withConnection } from '../connection/connection.ts';
import type { Transaction } from '../../contract/transaction.ts';
import { BEGIN } from './guard.ts';

/** What settles, in the order in which it happens. */
export interface Steps<Written> {
  /** Its first statement travels with BEGIN; it must write nothing unless `IS_BEGUN`. */
  readonly write: (client: PoolClient) => Promise<Written>;
  /** For as long as it likes. Default: nothing happens here. */
  readonly effect?: (written: Written, tx: Transaction) => Promise<void>;
  /** One statement, which travels with COMMIT: an answer is waited for once less. It must delete nothing unless `IS_BEGUN`. */
  readonly clear: (written: Written, client: PoolClient) => Promise<void>;
}

/**
 * A transaction in two journeys to Postgres, with the effect in between. Pinned to READ COMMITTED: the unique outcome makes a
 * second settler wait for the first, and then see it. Not pinned to writing: whoever made Postgres read-only meant it, and a
 * standby would answer with an error that is not known for the store's.
 */
export async function settlingTransaction<Written>(
  pool: Pool,
  deadlineMs: number,
  { write, effect, clear }: Steps<Written>,
): Promise<Written> {
  return withConnection(pool, deadlineMs, async (_, client, deadline) => {
    try {
      const [, written] = await Promise.all([client.query(BEGIN), write(client)]);
      if (effect) {
        if (deadline.over) throw new DeadlineError(deadlineMs);
        deadline.stop();
        await effect(written, transactionOn(client)).finally(() => deadline.start(deadlineMs));
      }
      const [, { command }] = await Promise.all([clear(written, client), client.query('COMMIT')]);
      if (command !== 'COMMIT') throw new Error(`COMMIT was answered by ${command}`);
      return written;
    } catch (error) {
      // Where this fails too, the connection is broken, and the first error says why.
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
