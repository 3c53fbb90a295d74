import type { Pool } from 'pg';
import { StoreUnavailableError } from './errors.ts';
import type { StorePath } from './path.ts';
import { inIndexOrder, isStoreFailure } from './postgres/connection.ts';
import type { Database } from './postgres/connection.ts';
import type { Health } from './views.ts';
import type { RedisStore } from './redis/store.ts';

/** A view that takes longer than this is given up, ms: a page must not hang where Postgres does. */
const VIEW_DEADLINE_MS = 2_000;

/** What views are made from. */
export interface ViewSources {
  readonly queue: string;
  readonly pool: Pool;
  readonly redis: RedisStore | undefined;
  readonly health: () => Health;
  readonly order: () => readonly StorePath[];
}

/** Runs a view's queries; rejects with `StoreUnavailableError` where Postgres is away. */
export async function ask<T>({ pool }: ViewSources, work: (db: Database) => Promise<T>): Promise<T> {
  try {
    return await inIndexOrder(pool, VIEW_DEADLINE_MS, work);
  } catch (error) {
    if (isStoreFailure(error, false)) throw new StoreUnavailableError('postgres', error);
    throw error;
  }
}

/** A view shows what it can: a store that cannot be asked leaves a gap, which its state explains. */
export function orUndefined<T>(promise: Promise<T> | undefined): Promise<T | undefined> {
  return promise === undefined ? Promise.resolve(undefined) : promise.catch(() => undefined);
}
