import type { Pool } from 'pg';
import { StoreUnavailableError } from '../contract/errors.ts';
import type { ResolvedQueueOptions } from '../contract/options.ts';
import type { StorePath } from '../enqueue/guarded-store.ts';
import { inIndexOrder } from '../postgres/connection/connection.ts';
import { isStoreFailure, sqlState } from '../postgres/connection/failures.ts';
import type { Database } from '../postgres/connection/connection.ts';
import type { Health } from '../contract/views.ts';
import type { RedisClient } from '../redis/connection.ts';
import type { RedisStore } from '../redis/store.ts';

/** A view that takes longer than this is given up, ms: a page must not hang where Postgres does. */
const VIEW_DEADLINE_MS = 2_000;
/** What Postgres may take longer than it was told to, ms. */
const LATE_MS = 500;

/** What views are made from. */
export interface ViewSources {
  readonly queue: string;
  readonly options: Pick<ResolvedQueueOptions, 'primary' | 'acceptConnections' | 'workConnections'>;
  readonly pool: Pool;
  readonly redis: RedisStore | undefined;
  readonly redisClient: RedisClient | undefined;
  readonly health: () => Health;
  readonly order: () => readonly StorePath[];
}

/**
 * Runs a view's queries; rejects with `StoreUnavailableError` where Postgres is away. `withinMs`: Postgres itself ends a
 * query that takes longer (`isTimeUp`).
 */
export async function ask<T>(
  { pool }: Pick<ViewSources, 'pool'>,
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
export function isTimeUp(error: unknown): boolean {
  return sqlState(error) === '57014';
}

/** A view shows what it can: a store that cannot be asked leaves a gap, which its state explains. */
export function orUndefined<T>(promise: Promise<T> | undefined): Promise<T | undefined> {
  return promise === undefined ? Promise.resolve(undefined) : promise.catch(() => undefined);
}
