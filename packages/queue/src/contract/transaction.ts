import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import type { Client, PoolClient } from 'pg';

/**
 * The settling transaction, as Drizzle gives it: what is written through it happens exactly when the outcome does. A transaction
 * begun inside it is a savepoint. Your own COMMIT or ROLLBACK would separate the two. It is closed when the promise of the function that
 * got it settles. Settings belong in it with SET LOCAL: what outlives it costs the worker its connection.
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
