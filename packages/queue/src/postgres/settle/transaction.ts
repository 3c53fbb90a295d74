import type { PoolClient, Pool } from 'pg';
import type { StatementNotAwaitedError } from '../../contract/errors.ts';
import { HandlerAbortedError } from '../../contract/failures.ts';
import { DeadlineError } from '../../util/deadline.ts';
import { commit, withConnection } from '../connection/connection.ts';
import { ScopedClient } from '../connection/scoped-client.ts';
import { begin } from './guard.ts';
import { patienceOf } from './patience.ts';
import { restoreSettings } from './session-settings.ts';
import type { Transaction } from '../../contract/transaction.ts';

/** The steps of a settling transaction, in order. */
export interface Steps<Written> {
  /** Its first statement is sent with BEGIN; it must write nothing unless `IS_BEGUN`. */
  readonly write: (client: PoolClient) => Promise<Written>;
  /**
   * It may take any time. If it rejects with a `HandlerAbortedError`, it may be running on, and the connection is destroyed. Default: no
   * effect.
   */
  readonly effect?: (written: Written, tx: Transaction) => Promise<void>;
  /** A statement of the effect came after its end, and was refused. */
  readonly onLate?: ((error: StatementNotAwaitedError) => void) | undefined;
  /** One statement, which is sent with COMMIT: that saves a round trip. It must delete nothing unless `IS_BEGUN`. */
  readonly clear: (written: Written, client: PoolClient) => Promise<void>;
}

/**
 * A transaction in two round trips to Postgres, with the effect in between. In READ COMMITTED: the unique outcome makes a second
 * settler wait for the first, and then see it. READ WRITE is not set: an administrator may have made Postgres read-only, and a
 * standby would answer with an error that does not count as the store's. Where it fails, its connection is closed: what an effect
 * leaves behind need not end with the transaction.
 */
export async function settlingTransaction<Written>(
  pool: Pool,
  deadlineMs: number,
  { write, effect, onLate, clear }: Steps<Written>,
): Promise<Written> {
  return withConnection(pool, deadlineMs, async (_, client, hold) => {
    try {
      const written = await patienceOf(pool).wait(async (lockWaitMs) => {
        const [, result] = await Promise.all([client.query(begin(lockWaitMs)), write(client)]);
        return result;
      });
      if (effect) {
        if (hold.over) throw new DeadlineError(deadlineMs);
        hold.stopDeadline();
        const scope = new ScopedClient(client, onLate);
        await scope
          .lend((tx) => effect(written, tx))
          .catch((error: unknown) => {
            // The handler may still be running a statement: a ROLLBACK would wait behind it.
            if (error instanceof HandlerAbortedError) hold.breakOff(error);
            throw error;
          })
          .finally(() => hold.startDeadline(deadlineMs));
        if (scope.leftTraces) hold.retire();
      }
      const restored = effect ? restoreSettings(client) : Promise.resolve();
      await Promise.all([restored, clear(written, client), commit(client)]);
      return written;
    } catch (error) {
      hold.retire();
      // It waits behind statements that the effect has left running. If it fails too, the connection is broken, and the first error says why.
      await client.query('ROLLBACK').catch(() => {});
      throw error;
    }
  });
}
