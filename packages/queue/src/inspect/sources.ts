import type { StoreName } from '../contract/errors.ts';
import type { ResolvedQueueOptions } from '../contract/options.ts';
import type { Health } from '../contract/views.ts';
import type { PostgresSource } from '../postgres/views/query.ts';
import type { RedisClient } from '../redis/connection.ts';
import { RedisStore } from '../redis/store.ts';
/** What views are made from. */
export interface ViewSources extends PostgresSource {
  readonly queue: string;
  readonly options: Pick<ResolvedQueueOptions, 'primary' | 'acceptConnections' | 'workConnections'>;
  readonly redis: RedisStore | undefined;
  readonly redisClient: RedisClient | undefined;
  readonly health: () => Health;
  /** The store that takes new submissions now. */
  readonly accepting: () => StoreName | 'none';
}

/** A view shows the data of the stores that answer: a store that cannot be reached leaves a gap, which its state explains. */
export function orUndefined<T>(promise: Promise<T> | undefined): Promise<T | undefined> {
  return promise === undefined ? Promise.resolve(undefined) : promise.catch(() => undefined);
}
