import { sql } from 'drizzle-orm';
import { KEEP_SETTINGS } from './session-settings.ts';

/*
 * Nothing is written or deleted outside the settling transaction. Its statements travel together with BEGIN and COMMIT, without waiting
 * for their answers. If BEGIN fails, or the handler ends the transaction, the next statement would run in a transaction of its own: an
 * outcome without its effects, which is a loss. So BEGIN sets a mark that ends with the transaction, and each statement that settles
 * asks for it: `TRANSACTION_SETTINGS` does so for the outcomes, `IS_BEGUN` for the deletion of rows (`delete-rows.ts`).
 */

/**
 * Its second statement sets the mark: a setting of the queue's own, which ends with the transaction. `lockWaitMs`: how long it waits
 * for another settlement of the same submission.
 */
export function begin(lockWaitMs: number): string {
  return `BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL spillway.settling = 'on'; SET LOCAL spillway.lock_wait = '${lockWaitMs}'`;
}
/** True in a settling transaction, and nowhere else. */
export const IS_BEGUN = sql`coalesce(current_setting('spillway.settling', true), '') = 'on'`;

/** The handler ended the transaction by COMMIT or ROLLBACK. What it has settled is unknown. */
export class TransactionEndedError extends Error {
  constructor() {
    super(
      'The settling transaction was ended from outside. A handler must leave COMMIT and ROLLBACK to the queue.',
    );
    this.name = 'TransactionEndedError';
  }
}

/**
 * Settings of a settling transaction, made by its first statement before it writes a row: the commit is on disk, whatever the
 * server's or role's defaults are, and no lock is waited for longer than another settlement may take. Outside of a settling
 * transaction it has no row, and so the statement writes none.
 */
export const TRANSACTION_SETTINGS = sql`was AS MATERIALIZED (SELECT current_setting('lock_timeout') AS lock_timeout, ${KEEP_SETTINGS} WHERE ${IS_BEGUN}),
  pinned AS MATERIALIZED (SELECT was.lock_timeout, set_config('synchronous_commit', 'on', true),
    set_config('lock_timeout', current_setting('spillway.lock_wait'), true) FROM was)`;
