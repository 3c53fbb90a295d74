import type { Pool } from 'pg';
import { StoreUnavailableError } from '../../contract/errors.ts';
import { inIndexOrder } from '../connection/connection.ts';
import type { Database } from '../connection/connection.ts';
import { isStoreFailure, sqlState } from '../connection/failures.ts';
import type { QueueTables } from '../statement/tables.ts';

/** A view fails after this time, ms: a page must not hang because Postgres does. */
const VIEW_DEADLINE_MS = 2_000;
/** How much longer than its own limit Postgres may take, ms. */
const LATE_MS = 500;

/** Where views are read. */
export interface PostgresSource {
  readonly pool: Pool;
  readonly tables: QueueTables;
}

/**
 * Runs a view's queries; rejects with `StoreUnavailableError` if Postgres is down. `withinMs`: Postgres itself ends a query that
 * takes longer (`isQueryTimeout`).
 */
export async function runQuery<T>(
  { pool }: Pick<PostgresSource, 'pool'>,
  work: (db: Database) => Promise<T>,
  withinMs?: number,
): Promise<T> {
  const deadlineMs = withinMs === undefined ? VIEW_DEADLINE_MS : withinMs + LATE_MS;
  const limit =
    withinMs === undefined ? '' : `; SET LOCAL statement_timeout = ${Math.max(1, Math.floor(withinMs))}`;
  try {
    return await inIndexOrder(pool, deadlineMs, work, limit);
  } catch (error) {
    if (isStoreFailure(error, false)) throw new StoreUnavailableError('postgres', error);
    throw error;
  }
}

/** Whether a query was ended because its time was over. */
export function isQueryTimeout(error: unknown): boolean {
  return sqlState(error) === '57014';
}
