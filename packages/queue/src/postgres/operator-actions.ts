import { sql } from 'drizzle-orm';
import type { Pool } from 'pg';
import type { QueueTables } from './statement/tables.ts';
import type { Claim } from '../contract/store.ts';
import { inTransaction, withConnection } from './connection/connection.ts';
import type { Database } from './connection/connection.ts';
import { ScopedClient } from './connection/scoped-client.ts';
import type { TransactionHook } from '../contract/transaction.ts';
import { writeOutcomes } from './settle/outcome.ts';
import type { Settlement } from '../contract/ledger.ts';
import { settlingTransaction } from './settle/transaction.ts';
import { parseHistory, toEnvelope } from './row.ts';
import { clearRows } from './settle/delete-rows.ts';

/* An operator's actions: one transaction each, and only on submissions that are still in the state that the action needs. */

const CALL_DEADLINE_MS = 10_000;

/**
 * Dead submissions wait again, under a new generation: whatever an older copy still does changes nothing.
 * Returns the ids that were dead. One whose id other content waits under stays dead.
 */
export function retryDead(
  pool: Pool,
  queue: QueueTables,
  ids: readonly string[],
  alongside: TransactionHook,
): Promise<string[]> {
  return decide(pool, alongside, async (tx) => {
    const { rows } = await tx.execute<{ id: string }>(sql`
      WITH dead AS (
        DELETE FROM ${queue.outcomes} o
        WHERE queue = ${queue.name} AND id = ANY(${sql.param(ids)}::uuid[]) AND status = 'dead' AND payload IS NOT NULL
          AND NOT EXISTS (SELECT FROM ${queue.fallback} f WHERE f.queue = o.queue AND f.id = o.id)
        RETURNING *
      )
      INSERT INTO ${queue.fallback}
        (queue, id, form, data, digest, created_at, run_at, generation, attempts, last_error, reason, history, traceparent)
      SELECT queue, id, form, payload, digest, received_at, now(), generation + 1, 0, error, 'retry', history, traceparent
      FROM dead
      RETURNING id`);
    return rows;
  });
}

/** Dead submissions are given up. They stay on record, with their payload, for the retention. Returns the ids. */
export function discardDead(
  pool: Pool,
  queue: QueueTables,
  ids: readonly string[],
  alongside: TransactionHook,
): Promise<string[]> {
  return decide(pool, alongside, async (tx) => {
    const { rows } = await tx.execute<{ id: string }>(sql`
      UPDATE ${queue.outcomes} SET status = 'discarded', settled_at = now()
      WHERE queue = ${queue.name} AND id = ANY(${sql.param(ids)}::uuid[]) AND status = 'dead' RETURNING id`);
    return rows;
  });
}

/** Makes rows due now that wait for a later time. Returns the ids. Claimed rows are not changed. */
export function requeueRows(
  pool: Pool,
  queue: QueueTables,
  ids: readonly string[],
  alongside: TransactionHook,
): Promise<string[]> {
  return decide(pool, alongside, async (tx) => {
    const { rows } = await tx.execute<{ id: string }>(sql`
      UPDATE ${queue.fallback} SET run_at = now()
      WHERE queue = ${queue.name} AND id = ANY(${sql.param(ids)}::uuid[]) AND run_at > now() AND lease_until <= now()
      RETURNING id`);
    return rows;
  });
}

/** Only what goes with a decision that was carried out elsewhere. */
export async function recordAlongside(
  pool: Pool,
  ids: readonly string[],
  alongside: TransactionHook,
): Promise<void> {
  await decide(pool, alongside, async () => ids.map((id) => ({ id })));
}

async function decide(
  pool: Pool,
  alongside: TransactionHook,
  act: (db: Database) => Promise<readonly { readonly id: string }[]>,
): Promise<string[]> {
  return inTransaction(pool, CALL_DEADLINE_MS, async (db, client, hold) => {
    const ids = (await act(db)).map((row) => row.id);
    if (ids.length === 0) return ids;
    const scope = new ScopedClient(client);
    await scope.lend((tx) => alongside(ids, tx));
    if (scope.leftTraces) hold.retire();
    return ids;
  });
}

/**
 * Discards waiting submissions: settles them as discarded, with their payload, in the same order as a worker settles.
 * The outcome is inserted first and decides: if a worker settles the same submission at the same time, either the worker finds
 * this outcome, or this call finds the worker's and discards nothing. `elsewhere`: copies that only Redis holds. Claimed
 * submissions are not changed.
 */
export async function discardWaiting(
  pool: Pool,
  queue: QueueTables,
  ids: readonly string[],
  elsewhere: readonly Claim[],
  alongside: TransactionHook,
): Promise<Settlement> {
  const claims = await readWaiting(pool, queue, ids, elsewhere);
  if (claims.length === 0) return { inserted: [], alreadySettled: [], inProgress: [] };
  return settlingTransaction(pool, queue, CALL_DEADLINE_MS, {
    write: (client) =>
      writeOutcomes(client, queue, claims, {
        status: 'discarded',
        payloads: claims.map((claim) => claim.envelope.payload),
      }),
    effect: async ({ inserted }, tx) => {
      if (inserted.length > 0) await alongside(inserted.map(idOf), tx);
    },
    clear: ({ inserted, alreadySettled }, client) =>
      clearRows(
        client,
        queue,
        [...inserted, ...alreadySettled].map((claim) => claim.envelope),
      ),
  });
}

/** Submissions without a claim. A worker that claims one after this check settles it too late, or this transaction waits for it. */
async function readWaiting(
  pool: Pool,
  queue: QueueTables,
  ids: readonly string[],
  elsewhere: readonly Claim[],
): Promise<Claim[]> {
  const { rows } = await withConnection(pool, CALL_DEADLINE_MS, (db) =>
    db.execute<WaitingRow>(sql`
      SELECT id, form, data, digest, extract(epoch FROM created_at)::float8 * 1000 AS received_ms, generation, attempts, history,
        traceparent, lease_until <= now() AS is_free
      FROM ${queue.fallback} WHERE queue = ${queue.name} AND id = ANY(${sql.param(ids)}::uuid[])`),
  );
  const inRows = new Set(rows.map((row) => row.id));
  return [
    ...rows.filter((row) => row.is_free).map(toWaitingClaim),
    ...elsewhere.filter((claim) => !inRows.has(idOf(claim))),
  ];
}

function idOf({ envelope }: Claim): string {
  return envelope.id;
}

type WaitingRow = {
  id: string;
  form: string;
  data: string;
  digest: string;
  received_ms: number;
  generation: number;
  attempts: number;
  history: string;
  traceparent: string | null;
  is_free: boolean;
};

function toWaitingClaim(row: WaitingRow): Claim {
  return {
    envelope: toEnvelope(row),
    token: '',
    attempt: row.attempts,
    history: parseHistory(row.history),
  };
}
