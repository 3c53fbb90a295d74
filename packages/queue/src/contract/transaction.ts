import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import type { Client, PoolClient } from 'pg';

/**
 * The settling transaction, as a Drizzle transaction: writes through it take effect exactly if the outcome does. A transaction
 * that begins inside it is a savepoint. Do not send COMMIT or ROLLBACK yourself: it would separate effects and outcome.
 */
export type Transaction = Parameters<Parameters<NodePgDatabase['transaction']>[0]>[0];

/** Anything that runs a statement of Drizzle's: a database or a transaction. */
export type Executor = Pick<NodePgDatabase, 'execute'>;

/** What a statement runs on: a pg client, or Drizzle. */
export type Runner = Client | Executor | PoolClient;

/** The caller's transaction: Drizzle's, or a pg client between its own BEGIN and COMMIT. */
export type CallersTransaction = Runner;

/** Writes in the transaction of an operator's action, given the ids that the action applied to: an audit entry, for example. */
export type TransactionHook = (ids: readonly string[], tx: Transaction) => Promise<void>;
