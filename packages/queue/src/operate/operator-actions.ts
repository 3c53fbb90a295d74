import { StoreUnavailableError } from '../contract/errors.ts';
import { isUuid } from '../contract/id.ts';
import { isStoreFailure, isLockTimeout, isReadOnly } from '../postgres/connection/failures.ts';
import {
  discardDead,
  discardWaiting,
  recordAlongside,
  requeueRows,
  retryDead,
} from '../postgres/operator-actions.ts';
import type { PostgresSource } from '../postgres/views/query.ts';
import type { Settlement } from '../contract/ledger.ts';
import type { RedisEntry } from '../redis/entry.ts';
import type { RedisStore } from '../redis/store.ts';
import type { Claim } from '../contract/store.ts';
import type { TransactionHook } from '../contract/transaction.ts';

/** At most this many at once, since their payloads are read and written. */
const DISCARD_BATCH = 100;
/** If a worker claims one of them in between, the rest is tried again without it. */
const TRIES = 3;

export interface OperatorSources extends PostgresSource {
  readonly queue: string;
  readonly redis: RedisStore | undefined;
}

/** An operator's actions. Each resolves to the ids that it applied to, and rejects if Postgres is down. */
export interface OperatorActions {
  retry(ids: readonly string[], alongside?: TransactionHook): Promise<string[]>;
  discard(ids: readonly string[], alongside?: TransactionHook): Promise<string[]>;
  requeue(ids: readonly string[], alongside?: TransactionHook): Promise<string[]>;
}

export function createOperatorActions({ queue, pool, redis }: OperatorSources): OperatorActions {
  async function discard(ids: readonly string[], alongside: TransactionHook): Promise<string[]> {
    const dead = await discardDead(pool, queue, ids, alongside);
    const gone = new Set(dead);
    const rest = ids.filter((id) => !gone.has(id));
    for (let from = 0; from < rest.length; from += DISCARD_BATCH) {
      const batch = rest.slice(from, from + DISCARD_BATCH);
      const { inserted, alreadySettled } = await discardBatch(batch, alongside);
      for (const { envelope } of inserted) gone.add(envelope.id);
      // Only after the commit: with a rollback, a copy that was dropped before would be lost. A copy that stays is dropped by the
      // worker that finds its outcome.
      const settled = [...inserted, ...alreadySettled].map((claim) => claim.envelope);
      if (settled.length > 0) await redis?.ack(settled).catch(() => {});
    }
    return [...gone];
  }

  async function discardBatch(ids: readonly string[], alongside: TransactionHook): Promise<Settlement> {
    for (let tries = 1; ; tries += 1) {
      // If Redis cannot be reached, the submissions that only it holds stay as they are.
      const entries = (await redis?.describe(ids).catch(() => [])) ?? [];
      const inHand = new Set(entries.filter((one) => one.state === 'processing').map(idOf));
      const free = ids.filter((id) => !inHand.has(id));
      const elsewhere = entries.filter((one) => !inHand.has(idOf(one))).map(toClaim);
      try {
        return await discardWaiting(pool, queue, free, elsewhere, alongside);
      } catch (error) {
        if (!isLockTimeout(error) || tries === TRIES) throw error;
      }
    }
  }

  async function requeue(ids: readonly string[], alongside: TransactionHook): Promise<string[]> {
    const rows = await requeueRows(pool, queue, ids, alongside);
    // Copies in both stores: whichever is due first is handed out.
    const entries = (await redis?.requeue(ids).catch(() => [])) ?? [];
    const onlyThere = entries.filter((id) => !rows.includes(id));
    if (onlyThere.length > 0) await recordAlongside(pool, onlyThere, alongside);
    return [...rows, ...onlyThere];
  }

  return {
    retry: (ids, alongside = nothing) => decided(ids, (valid) => retryDead(pool, queue, valid, alongside)),
    discard: (ids, alongside = nothing) => decided(ids, (valid) => discard(valid, alongside)),
    requeue: (ids, alongside = nothing) => decided(ids, (valid) => requeue(valid, alongside)),
  };
}

async function nothing(): Promise<void> {}

/** Strings that are not UUIDs are ignored. */
async function decided(
  ids: readonly string[],
  decide: (ids: readonly string[]) => Promise<string[]>,
): Promise<string[]> {
  const valid = [...new Set(ids)].filter(isUuid);
  try {
    return valid.length === 0 ? [] : await decide(valid);
  } catch (error) {
    if (isReadOnly(error)) throw new StoreUnavailableError('postgres', error, 'is read-only');
    if (isStoreFailure(error, false)) throw new StoreUnavailableError('postgres', error);
    throw error;
  }
}

function idOf({ envelope }: RedisEntry): string {
  return envelope.id;
}

function toClaim({ envelope, attempts, history }: RedisEntry): Claim {
  return { envelope, token: '', attempt: attempts, history };
}
