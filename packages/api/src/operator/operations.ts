import { setTimeout as sleep } from 'node:timers/promises';
import {
  advanceOperation,
  cancelOperation,
  endOperation,
  endSilentOperations,
  insertOperation,
  listOperations,
  readOperation,
} from '@spillway/db';
import type { Db, OperationEnd, OperationRow } from '@spillway/db';
import type { Action, Queue } from '@spillway/queue';
import { auditHook } from './operator-actions.ts';
import { ApiError } from '../errors.ts';
import { createFeed } from '../live/feed.ts';
import type { ActionCount, Operation, Target } from '../wire.ts';

/** Carried out in one go: a transaction or two, and a cancellation waits no longer than that. */
const BATCH = 100;
/** Says that it lives also while a batch takes its time; well within what counts as silence. */
const BEAT_EVERY_MS = 5_000;
const WATCH_EVERY_MS = 300;

/** What is to be done with what. */
interface Plan {
  readonly action: Action;
  readonly target: Target;
}

/** Actions over many submissions. Each rejects with `StoreUnavailableError`, or Postgres' error, where a store is away. */
export interface Operations {
  /** The dry run: on how many it would be carried out now. */
  count(plan: Plan): Promise<ActionCount>;
  /** Begins; it goes on by itself. Resolves to the operation's id. */
  start(plan: Plan, by: string): Promise<string>;
  read(id: string): Promise<Operation>;
  list(): Promise<Operation[]>;
  cancel(id: string): Promise<Operation>;
  /** The operation now and at each change, until its end. */
  watch(id: string, signal: AbortSignal): AsyncGenerator<Operation, void>;
  /** Resolves when nothing runs in this process any more: soon, once it is shutting down. */
  idle(): Promise<void>;
}

export interface OperationsOptions {
  readonly queue: Queue;
  readonly db: Db;
  readonly shutdown: AbortSignal;
  readonly onError: (error: unknown) => void;
}

export function createOperations({ queue, db, shutdown, onError }: OperationsOptions): Operations {
  const running = new Set<Promise<void>>();

  async function count({ action, target }: Plan): Promise<ActionCount> {
    if (!('ids' in target)) return queue.inspect.count({ ...target, action });
    const found = await Promise.all(target.ids.map((id) => queue.inspect.find(id)));
    const possible = found.filter((one) => one?.actions.includes(action));
    return { count: possible.length, capped: false };
  }

  async function start(plan: Plan, by: string): Promise<string> {
    const { count: total, capped } = await count(plan);
    const { action, target } = plan;
    const row = await insertOperation(db, {
      queue: queue.name,
      action,
      target,
      by,
      total: capped ? null : total,
    });
    const run = carryOut(row, plan).finally(() => running.delete(run));
    running.add(run);
    return row.id;
  }

  /** Never rejects: how it ended stands in its row, or is found out by its silence. */
  async function carryOut({ id, startedAt, by }: OperationRow, plan: Plan): Promise<void> {
    const timer = setInterval(() => void advanceOperation(db, id, {}).catch(() => {}), BEAT_EVERY_MS);
    try {
      await endOperation(db, id, await runBatches(id, plan, by, startedAt));
    } catch (error) {
      onError(error);
      const { problem } = ApiError.of(error);
      await endOperation(db, id, 'failed', problem.detail).catch(onError);
    } finally {
      clearInterval(timer);
    }
  }

  async function runBatches(id: string, plan: Plan, by: string, startedAt: Date): Promise<OperationEnd> {
    for await (const ids of batches(plan, startedAt)) {
      if (shutdown.aborted) return 'interrupted';
      const progress = await runBatch(id, plan.action, by, ids);
      // Somebody took our silence for our end.
      if (progress === undefined) return 'interrupted';
      if (progress.isCancelled) return 'cancelled';
    }
    return 'done';
  }

  /** The action, its entries in the audit log and progress go into one transaction: each of them is exactly as far as the others. */
  async function runBatch(
    id: string,
    action: Action,
    by: string,
    ids: readonly string[],
  ): Promise<{ readonly isCancelled: boolean } | undefined> {
    const record = auditHook({ queue: queue.name, by, action, operationId: id }, action);
    const decided = await queue[action](ids, async (done, tx) => {
      await record(done, tx);
      if ((await advanceOperation(tx, id, { done: done.length })) === undefined) {
        throw new ApiError('conflict', 'The operation was ended meanwhile.');
      }
    });
    return advanceOperation(db, id, { skipped: ids.length - decided.length });
  }

  /** What the plan is about, in the order of its list; only what had been received when it began, lest it never end. */
  async function* batches({ action, target }: Plan, startedAt: Date): AsyncGenerator<readonly string[]> {
    if ('ids' in target) {
      for (let from = 0; from < target.ids.length; from += BATCH) yield target.ids.slice(from, from + BATCH);
      return;
    }
    let cursor: string | undefined;
    do {
      const page = await queue.inspect.list({
        ...target,
        action,
        receivedBefore: startedAt,
        limit: BATCH,
        ...(cursor !== undefined && { cursor }),
      });
      // Empty ones too: whoever waits for matches is still to be told to stop.
      yield page.rows.map((row) => row.id);
      if (page.timedOut && page.nextCursor === cursor) {
        throw new ApiError(
          'store-unavailable',
          'Looking for what matches took too long. Use a narrower filter.',
        );
      }
      cursor = page.nextCursor;
    } while (cursor !== undefined);
  }

  async function read(id: string): Promise<Operation> {
    await endSilentOperations(db, queue.name);
    const row = await readOperation(db, queue.name, id);
    if (!row) throw new ApiError('not-found', `There is no operation ${id}.`);
    return toOperation(row);
  }

  const watchOne = createFeed({
    load: read,
    everyMs: () => WATCH_EVERY_MS,
    fingerprint: (operation) => JSON.stringify(operation),
  });

  return {
    count,
    start,
    read,
    async list() {
      await endSilentOperations(db, queue.name);
      return (await listOperations(db, queue.name)).map(toOperation);
    },
    async cancel(id) {
      await cancelOperation(db, queue.name, id);
      return read(id);
    },
    async *watch(id, signal) {
      for await (const operation of watchOne(id, signal)) {
        yield operation;
        if (operation.state !== 'running') return;
      }
    },
    async idle() {
      while (running.size > 0) await Promise.race([Promise.all(running), sleep(BEAT_EVERY_MS)]);
    },
  };
}

function toOperation(row: OperationRow): Operation {
  const { id, action, target, by, startedAt, endedAt, state, total, done, skipped, error } = row;
  return {
    id,
    action: action as Action,
    target: target as Target,
    by,
    startedAt: startedAt.toISOString(),
    ...(endedAt && { endedAt: endedAt.toISOString() }),
    state,
    ...(total !== null && { total }),
    done,
    skipped,
    ...(error !== null && { error }),
  };
}
