import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import type { Client, PoolClient } from 'pg';

/**
 * The settling transaction, as Drizzle gives it: what is written through it happens exactly when the outcome does. A
 * transaction begun inside it is a savepoint. COMMIT and ROLLBACK as statements of your own would tear the two apart.
 */
export type Transaction = Parameters<Parameters<NodePgDatabase['transaction']>[0]>[0];

/** Anything that runs a statement of Drizzle's: a database or a transaction. */
export type Executor = Pick<NodePgDatabase, 'execute'>;

/** What a statement runs on: a pg client, or Drizzle. */
export type Runner = Client | Executor | PoolClient;

/** The caller's transaction: Drizzle's, or a pg client between its own BEGIN and COMMIT. */
export type CallersTransaction = Runner;

/** What is written in the transaction of a decision, given the ids that it was carried out on: who decided, say. */
export type TransactionHook = (ids: readonly string[], tx: Transaction) => Promise<void>;
