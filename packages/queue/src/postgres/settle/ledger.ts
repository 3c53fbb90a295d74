import type { Pool } from 'pg';
import type { QueueTables } from '../statement/tables.ts';
import { HandlerError, LockTimeout, StoreFailure } from '../../contract/failures.ts';
import type { OutcomeLedger } from '../../contract/ledger.ts';
import { errorText } from '../../util/error-text.ts';
import { serverTimeMs } from '../connection/connection.ts';
import { isLockTimeout, isOwnFailure } from '../connection/failures.ts';
import { deleteOldOutcomes } from '../retention.ts';
import { probeSettling } from './probe.ts';
import {
  abandonExternal,
  beginExternal,
  extendExternal,
  finishExternal,
  settleBatch,
  settleDead,
} from './settle.ts';

const CLOCK_DEADLINE_MS = 2_000;

/** The ledger in Postgres: the calls of `settle.ts`, whose errors become those of the interface. */
export function createLedger(pool: Pool, queue: QueueTables): OutcomeLedger {
  return {
    settleBatch: (...args) => settleBatch(pool, queue, ...args).catch(rethrow),
    settleDead: (...args) => settleDead(pool, queue, ...args).catch(rethrow),
    beginExternal: (...args) => beginExternal(pool, queue, ...args).catch(rethrow),
    extendExternal: (...args) => extendExternal(pool, queue, ...args).catch(rethrow),
    finishExternal: (...args) => finishExternal(pool, queue, ...args).catch(rethrow),
    abandonExternal: (...args) => abandonExternal(pool, queue, ...args).catch(rethrow),
    probe: (deadlineMs) => probeSettling(pool, queue, deadlineMs),
    nowMs: () => serverTimeMs(pool, CLOCK_DEADLINE_MS),
    deleteExpired: (retentionMs) => deleteOldOutcomes(pool, queue, retentionMs),
  };
}

function rethrow(error: unknown): never {
  if (error instanceof HandlerError) throw error;
  if (isLockTimeout(error)) throw new LockTimeout(error);
  throw isOwnFailure(error) ? new StoreFailure(errorText(error), error) : error;
}
