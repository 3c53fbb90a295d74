import type { Report } from '../contract/events.ts';
import type { ResolvedQueueOptions } from '../contract/options.ts';
import type { StoreView } from '../contract/views.ts';
import { GuardedStore } from '../enqueue/guarded-store.ts';
import type { OpenPool } from '../postgres/connection/connection.ts';
import { isStoreFailure, isTransient } from '../postgres/connection/failures.ts';
import { createFallbackRows } from '../postgres/fallback-rows.ts';
import { createShadowLog } from '../postgres/shadow-log.ts';
import { createLedger } from '../postgres/settle/ledger.ts';
import { PostgresStore } from '../postgres/store.ts';
import { connect, isLasting, writeProbe } from '../redis/connection.ts';
import type { RedisClient } from '../redis/connection.ts';
import { RedisStore } from '../redis/store.ts';
import { openWorkerConnection } from '../redis/worker-connection.ts';
import { DeadlineError } from '../util/deadline.ts';
import type { WorkerStores } from './queue-worker.ts';

const PROBE_DEADLINE_MS = 1_000;
/** A call to Redis fails after this time, ms: the connection's commandTimeout. */
const REDIS_CALL_MS = 250;

/** Redis as the accept path uses it, and as views and recovery read it. */
export interface OpenRedis {
  readonly client: RedisClient;
  readonly store: RedisStore;
  readonly path: GuardedStore;
}

/** The accept path's way into Postgres. */
export function openPostgres(
  { pool }: OpenPool,
  { name, hedgeMs, deadlineMs }: ResolvedQueueOptions,
  onChange: (view: StoreView) => void,
): GuardedStore {
  const store = new PostgresStore(pool, name);
  return new GuardedStore({
    store,
    hedgeMs,
    callMs: deadlineMs,
    probe: () => store.probe(PROBE_DEADLINE_MS),
    isLasting: (error) =>
      !(error instanceof DeadlineError) && isStoreFailure(error, false) && !isTransient(error),
    onChange,
  });
}

/** The accept path's way into Redis, on a connection of its own. */
export function openRedis(
  target: NonNullable<ResolvedQueueOptions['redis']>,
  { name, hedgeMs, maxDepth }: ResolvedQueueOptions,
  onChange: (view: StoreView) => void,
): OpenRedis {
  const { client, call } = connect(target, name, 'accept');
  const store = new RedisStore(call, { maxDepth });
  const path = new GuardedStore({
    store,
    hedgeMs,
    callMs: REDIS_CALL_MS,
    probe: () => writeProbe(client, name),
    isLasting,
    onChange,
  });
  return { client, store, path };
}

/** A worker's stores: connections of its own to Redis, and the queue's pool for work. */
export function openWorkerStores(
  { name, redis, maxDepth }: ResolvedQueueOptions,
  { pool }: OpenPool,
  report: Report,
): WorkerStores {
  const onUnreadable = (id: string, { message }: Error) =>
    report('error', 'unreadable', message, { id, error: message });
  const onError = ({ message }: Error) => report('debug', 'redis_connection', message, { error: message });
  return {
    postgres: new PostgresStore(pool, name),
    ledger: createLedger(pool, name),
    rows: createFallbackRows(pool, name),
    shadow: createShadowLog(pool, name),
    redis: redis ? openWorkerConnection(redis, name, { maxDepth, onUnreadable }, onError) : undefined,
  };
}
