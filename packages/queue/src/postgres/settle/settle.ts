import { sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import type { Pool, PoolClient } from 'pg';
import type { QueueTables } from '../statement/tables.ts';
import type { Claim, Settled } from '../../contract/store.ts';
import { withConnection } from '../connection/connection.ts';
import { writeOutcomes } from './outcome.ts';
import type { DeadLetter, Effects, OnLateStatement, Settlement } from '../../contract/ledger.ts';
import { TRANSACTION_SETTINGS } from './guard.ts';
import { EffectRun } from './effect-run.ts';
import { settlingTransaction } from './transaction.ts';
import { Statement } from '../statement/statement.ts';
import type { StatementValues } from '../statement/statement.ts';
import { clearRows } from './delete-rows.ts';

/*
 * The one final act. The outcome row goes in first, under a unique key, in the transaction of the effects: of all
 * the copies and workers that may hold a submission, one inserts it and the others find it there.
 */

/** How long the queue's own statements may take, in ms, before the store counts as down. */
const CALL_DEADLINE_MS = 10_000;

/**
 * Settles a batch as done: outcomes, effects and the deletion of fallback rows in one transaction.
 * `effects` sees the claims whose outcome is new, and only those; `lost` aborts where the connection ends while it runs. Rejects with
 * `HandlerError` once it has begun, else with Postgres' error; either way nothing happened, but for a COMMIT whose answer was lost.
 */
export async function settleBatch(
  pool: Pool,
  queue: QueueTables,
  claims: readonly Claim[],
  effects: Effects,
  onLate?: OnLateStatement,
): Promise<Settlement> {
  const run = new EffectRun();
  try {
    return await settlingTransaction(pool, queue, CALL_DEADLINE_MS, {
      write: (client) => writeOutcomes(client, queue, claims, { status: 'done' }),
      effect: async ({ inserted }, tx) => {
        if (inserted.length === 0) return;
        await run.begin((lost) => effects(inserted, tx, lost));
      },
      onLate,
      clear: (settlement, client) => clearSettled(client, queue, settlement),
    });
  } catch (error) {
    throw await run.judge(error);
  }
}

/** Settles submissions as dead: payload, error and history are kept until an operator decides. */
export async function settleDead(
  pool: Pool,
  queue: QueueTables,
  dead: readonly DeadLetter[],
): Promise<Settlement> {
  const claims = dead.map((one) => one.claim);
  const byId = new Map(dead.map((one) => [one.claim.envelope.id, one]));
  return settlingTransaction(pool, queue, CALL_DEADLINE_MS, {
    write: (client) =>
      writeOutcomes(client, queue, claims, {
        status: 'dead',
        payloads: claims.map((claim) => claim.envelope.payload),
        errors: claims.map((claim) => byId.get(claim.envelope.id)?.error ?? ''),
        histories: claims.map((claim) => JSON.stringify(byId.get(claim.envelope.id)?.history ?? [])),
      }),
    clear: (settlement, client) => clearSettled(client, queue, settlement),
  });
}

/**
 * Before an external call: takes the right to make it, for `leaseMs`. `inserted` holds the claim if the right was granted. A call
 * that a worker began and did not finish within its lease may be made again.
 */
export async function beginExternal(
  pool: Pool,
  queue: QueueTables,
  claim: Claim,
  holder: string,
  leaseMs: number,
): Promise<Settlement> {
  return settlingTransaction(pool, queue, CALL_DEADLINE_MS, {
    write: (client) =>
      writeOutcomes(client, queue, [claim], { status: 'running', running: { holder, leaseMs } }),
    clear: ({ alreadySettled }, client) => clearRows(client, queue, alreadySettled.map(toSettled)),
  });
}

/** Prolongs the right to make the call. False: another worker has taken it over. */
export async function extendExternal(
  pool: Pool,
  queue: QueueTables,
  claim: Claim,
  holder: string,
  leaseMs: number,
): Promise<boolean> {
  const { rowCount } = await withConnection(pool, CALL_DEADLINE_MS, (db) =>
    db.execute(sql`
      UPDATE ${queue.outcomes} SET lease_until = now() + ${leaseMs} * interval '1 ms'
      WHERE ${isRunning(queue, claim)} AND claimed_by = ${holder}`),
  );
  return rowCount === 1;
}

const FINISH = new Statement<StatementValues, never>(
  'finish',
  ['queue', 'id', 'form', 'attempt', 'generation', 'digest', 'receivedAt', 'history'],
  (to) => sql`
    WITH ${TRANSACTION_SETTINGS}
    INSERT INTO ${to.outcomes} AS o (queue, id, form, status, attempts, generation, digest, received_at, history)
    SELECT ${to.queue}, ${to.id}::uuid, ${to.form}, 'done', ${to.attempt}::int, ${to.generation}::int,
      ${to.digest}, ${to.receivedAt}::timestamptz, ${to.history}
    FROM pinned
    ON CONFLICT (queue, id) DO UPDATE SET status = 'done', settled_at = now(), attempts = excluded.attempts,
      history = excluded.history, lease_until = NULL, claimed_by = NULL, error = NULL, payload = NULL
    WHERE o.digest = excluded.digest AND o.status IN ('running', 'dead', 'discarded')`,
);

/**
 * After a finished call: it is done, whichever worker holds the lease, and however another worker's attempt ended meanwhile. If
 * that one gave the right back, there is no outcome to update, and a new one is inserted.
 */
export async function finishExternal(pool: Pool, queue: QueueTables, claim: Claim): Promise<void> {
  const { envelope, attempt, history } = claim;
  await settlingTransaction(pool, queue, CALL_DEADLINE_MS, {
    write: (client) =>
      FINISH.run(client, {
        queue,
        id: envelope.id,
        form: envelope.form,
        attempt,
        generation: envelope.generation,
        digest: envelope.digest,
        receivedAt: new Date(envelope.receivedAtMs).toISOString(),
        history: JSON.stringify(history),
      }),
    clear: (_, client) => clearRows(client, queue, [toSettled(claim)]),
  });
}

/** After a failed call: gives the right back, so that the next attempt need not wait for the lease. */
export async function abandonExternal(
  pool: Pool,
  queue: QueueTables,
  claim: Claim,
  holder: string,
): Promise<void> {
  await withConnection(pool, CALL_DEADLINE_MS, (db) =>
    db.execute(
      sql`DELETE FROM ${queue.outcomes} WHERE ${isRunning(queue, claim)} AND claimed_by = ${holder}`,
    ),
  );
}

function isRunning(queue: QueueTables, { envelope }: Claim): SQL {
  return sql`queue = ${queue.name} AND id = ${envelope.id} AND status = 'running' AND digest = ${envelope.digest}`;
}

async function clearSettled(
  client: PoolClient,
  queue: QueueTables,
  { inserted, alreadySettled }: Settlement,
): Promise<void> {
  await clearRows(client, queue, [...inserted, ...alreadySettled].map(toSettled));
}

/** What identifies a claim's copies in the stores. */
function toSettled({ envelope }: Claim): Settled {
  return envelope;
}
