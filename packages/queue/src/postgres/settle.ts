import { createHash } from 'node:crypto';
import { sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import type { Pool } from 'pg';
import type { AttemptRecord, Claim, Settled } from '../store.ts';
import { inTransaction, sqlState, withConnection } from './connection.ts';
import type { Executor, Transaction } from './connection.ts';
import { deleteRows } from './store.ts';

/*
 * The one final act. The outcome row goes in first, under a unique key, in the transaction of the effects: of all
 * the copies and workers that may hold a submission, one inserts it and the others find it there.
 */

/** What our own statements may take, in ms, before the store counts as away. */
const CALL_DEADLINE_MS = 10_000;
/** How long a settlement waits for a rival that is settling the same submission: well within the deadline. */
const RIVAL_WAIT_MS = 5_000;

/** A rival holds what is to be settled, and takes its time: its handler runs. Nothing happened here. */
export function isRivalled(error: unknown): boolean {
  return !(error instanceof HandlerError) && sqlState(error) === '55P03';
}

/** An error that a handler threw inside the settling transaction, told apart from the transaction's own. */
export class HandlerError extends Error {
  constructor(cause: unknown) {
    super('the handler failed', { cause });
    this.name = 'HandlerError';
  }
}

/**
 * What settling found out about claims that were not this settlement's to make.
 * `late`: settled before with the same content, or replaced by a newer generation; nothing is left to do but forget.
 * `busy`: another worker's external call for it is under way; its copy must stay.
 */
export interface Settlement {
  readonly fresh: readonly Claim[];
  readonly late: readonly Claim[];
  readonly busy: readonly Claim[];
}

/**
 * Settles a batch as done: outcomes, effects and the deletion of fallback rows in one transaction.
 * `effects` sees the claims whose outcome is new, and only those. Rejects with `HandlerError` where it threw, else with
 * Postgres' error; either way nothing happened, but for a COMMIT whose answer was lost.
 */
export async function settleBatch(
  pool: Pool,
  queue: string,
  claims: readonly Claim[],
  effects: (fresh: readonly Claim[], tx: Transaction) => Promise<void>,
): Promise<Settlement> {
  return inTransaction(pool, CALL_DEADLINE_MS, async (tx, deadline) => {
    const inserted = await insertOutcomes(tx, queue, claims, { status: sql`'done'` });
    const settlement = await sortOut(tx, queue, claims, inserted);
    if (settlement.fresh.length > 0) {
      deadline.stop();
      try {
        await tx.execute(sql`SET LOCAL lock_timeout = DEFAULT`);
        await effects(settlement.fresh, tx);
      } catch (error) {
        throw new HandlerError(error);
      } finally {
        deadline.start(CALL_DEADLINE_MS);
      }
    }
    await deleteRows(tx, queue, [...settlement.fresh, ...settlement.late].map(toSettled));
    return settlement;
  });
}

/** A submission whose attempts are used up, or that no attempt can help. */
export interface Death {
  readonly claim: Claim;
  readonly error: string;
  readonly history: readonly AttemptRecord[];
}

/** Settles submissions as dead: payload, error and history are kept until an operator decides. */
export async function settleDead(pool: Pool, queue: string, deaths: readonly Death[]): Promise<Settlement> {
  const claims = deaths.map((death) => death.claim);
  const byId = new Map(deaths.map((death) => [death.claim.envelope.id, death]));
  return inTransaction(pool, CALL_DEADLINE_MS, async (tx) => {
    const inserted = await insertOutcomes(tx, queue, claims, {
      status: sql`'dead'`,
      payloads: claims.map((claim) => claim.envelope.payload),
      errors: claims.map((claim) => byId.get(claim.envelope.id)?.error ?? ''),
      histories: claims.map((claim) => JSON.stringify(byId.get(claim.envelope.id)?.history ?? [])),
    });
    const settlement = await sortOut(tx, queue, claims, inserted);
    await deleteRows(tx, queue, [...settlement.fresh, ...settlement.late].map(toSettled));
    return settlement;
  });
}

/**
 * Before an external call: takes the right to make it, for `leaseMs`. `fresh` holds the claim where the right is ours.
 * A call that some worker began and did not finish in its lease may be made again.
 */
export async function beginExternal(
  pool: Pool,
  queue: string,
  claim: Claim,
  holder: string,
  leaseMs: number,
): Promise<Settlement> {
  return inTransaction(pool, CALL_DEADLINE_MS, async (tx) => {
    const inserted = await insertOutcomes(tx, queue, [claim], {
      status: sql`'running'`,
      running: { holder, leaseMs },
    });
    const settlement = await sortOut(tx, queue, [claim], inserted);
    await deleteRows(tx, queue, settlement.late.map(toSettled));
    return settlement;
  });
}

/** Prolongs the right to make the call. False: another worker has taken it over. */
export async function extendExternal(
  pool: Pool,
  queue: string,
  claim: Claim,
  holder: string,
  leaseMs: number,
): Promise<boolean> {
  const { rowCount } = await withConnection(pool, CALL_DEADLINE_MS, (db) =>
    db.execute(sql`
      UPDATE submission_outcomes SET lease_until = now() + ${leaseMs} * interval '1 ms'
      WHERE ${isRunning(queue, claim)} AND claimed_by = ${holder}`),
  );
  return rowCount === 1;
}

/**
 * After a finished call: it is done, whoever holds the lease by now, and whatever another worker made of its own attempt
 * meanwhile. Where that one gave the right back, there is nothing to update: the outcome is written anew.
 */
export async function finishExternal(pool: Pool, queue: string, claim: Claim): Promise<void> {
  const { envelope, attempt, history } = claim;
  await inTransaction(pool, CALL_DEADLINE_MS, async (tx) => {
    await tx.execute(sql`
      INSERT INTO submission_outcomes AS o (queue, id, form, status, attempts, generation, digest, received_at, history)
      VALUES (${queue}, ${envelope.id}, ${envelope.form}, 'done', ${attempt}, ${envelope.generation}, ${envelope.digest},
        ${new Date(envelope.receivedAtMs).toISOString()}, ${JSON.stringify(history)})
      ON CONFLICT (queue, id) DO UPDATE SET status = 'done', settled_at = now(), attempts = excluded.attempts,
        history = excluded.history, lease_until = NULL, claimed_by = NULL, error = NULL, payload = NULL
      WHERE o.digest = excluded.digest AND o.status IN ('running', 'dead')`);
    await deleteRows(tx, queue, [toSettled(claim)]);
  });
}

/** After a failed call: gives the right back, so that the next attempt need not wait for the lease. */
export async function abandonExternal(
  pool: Pool,
  queue: string,
  claim: Claim,
  holder: string,
): Promise<void> {
  await withConnection(pool, CALL_DEADLINE_MS, (db) =>
    db.execute(
      sql`DELETE FROM submission_outcomes WHERE ${isRunning(queue, claim)} AND claimed_by = ${holder}`,
    ),
  );
}

interface OutcomeColumns {
  readonly status: SQL;
  readonly payloads?: readonly string[];
  readonly errors?: readonly string[];
  readonly histories?: readonly string[];
  readonly running?: { readonly holder: string; readonly leaseMs: number };
}

/**
 * Inserts what is new and returns the ids. Ordered by id, so that two settlers of overlapping batches wait for each
 * other instead of deadlocking. Where an operator's retry made a newer generation, an older copy inserts nothing; the
 * newer one replaces the dead outcome, should an older copy have written it again in between.
 */
async function insertOutcomes(
  tx: Executor,
  queue: string,
  claims: readonly Claim[],
  columns: OutcomeColumns,
): Promise<ReadonlySet<string>> {
  const column = <T>(value: (claim: Claim, index: number) => T) => sql.param(claims.map(value));
  await tx.execute(sql`SET LOCAL lock_timeout = ${sql.raw(`${RIVAL_WAIT_MS}`)}`);
  const lease = columns.running
    ? sql`now() + ${columns.running.leaseMs} * interval '1 ms'`
    : sql`NULL::timestamptz`;
  const { rows } = await tx.execute<{ id: string }>(sql`
    INSERT INTO submission_outcomes AS o (queue, id, form, status, attempts, generation, digest, received_at, error,
      history, payload, lease_until, claimed_by)
    SELECT ${queue}, i.id, i.form, ${columns.status}, i.attempts, i.generation, i.digest,
      to_timestamp(i.received_ms / 1000.0), i.error, i.history, i.payload, ${lease}, ${columns.running?.holder ?? null}
    FROM unnest(${column((claim) => claim.envelope.id)}::uuid[], ${column((claim) => claim.envelope.form)}::text[],
      ${column((claim) => claim.attempt)}::int[], ${column((claim) => claim.envelope.generation)}::int[],
      ${column((claim) => claim.envelope.digest)}::text[], ${column((claim) => claim.envelope.receivedAtMs)}::float8[],
      ${column((_, index) => columns.errors?.[index] ?? null)}::text[],
      ${column((claim, index) => columns.histories?.[index] ?? JSON.stringify(claim.history))}::text[],
      ${column((_, index) => columns.payloads?.[index] ?? null)}::text[])
      AS i(id, form, attempts, generation, digest, received_ms, error, history, payload)
    WHERE NOT EXISTS (SELECT FROM fallback_submissions f
      WHERE f.queue = ${queue} AND f.id = i.id AND f.digest = i.digest AND f.generation > i.generation)
    ORDER BY i.id
    ON CONFLICT (queue, id) DO UPDATE SET status = excluded.status, attempts = excluded.attempts,
      generation = excluded.generation, digest = excluded.digest, settled_at = now(), error = excluded.error,
      history = excluded.history, payload = excluded.payload, lease_until = excluded.lease_until,
      claimed_by = excluded.claimed_by
    WHERE o.digest = excluded.digest AND (
      (o.status = 'running' AND o.lease_until <= now())
      OR (o.status = 'dead' AND o.generation < excluded.generation))
    RETURNING o.id`);
  return new Set(rows.map((row) => row.id));
}

/** Tells why the rest was not inserted, and keeps what used another submission's id as a dead one of its own. */
async function sortOut(
  tx: Executor,
  queue: string,
  claims: readonly Claim[],
  inserted: ReadonlySet<string>,
): Promise<Settlement> {
  const fresh = claims.filter((claim) => inserted.has(claim.envelope.id));
  const rest = claims.filter((claim) => !inserted.has(claim.envelope.id));
  if (rest.length === 0) return { fresh, late: [], busy: [] };
  const { rows } = await tx.execute<{ id: string; digest: string; status: string }>(sql`
    SELECT id, digest, status FROM submission_outcomes
    WHERE queue = ${queue} AND id = ANY(${sql.param(rest.map((claim) => claim.envelope.id))}::uuid[])`);
  const outcomes = new Map(rows.map((row) => [row.id, row]));
  const conflicting = rest.filter((claim) => isConflict(claim, outcomes.get(claim.envelope.id)));
  if (conflicting.length > 0) await keepConflicting(tx, queue, conflicting);
  const isBusy = (claim: Claim) =>
    outcomes.get(claim.envelope.id)?.status === 'running' && !conflicting.includes(claim);
  return { fresh, late: rest.filter((claim) => !isBusy(claim)), busy: rest.filter(isBusy) };
}

function isConflict(claim: Claim, outcome: { readonly digest: string } | undefined): boolean {
  return outcome !== undefined && outcome.digest !== claim.envelope.digest;
}

async function keepConflicting(tx: Executor, queue: string, claims: readonly Claim[]): Promise<void> {
  for (const { envelope, attempt, history } of claims) {
    const error = `Submission ${envelope.id} had been accepted before with other content; this one is kept under its own id.`;
    await tx.execute(sql`
      INSERT INTO submission_outcomes (queue, id, form, status, attempts, generation, digest, received_at, error, history,
        payload, conflicts_with)
      VALUES (${queue}, ${derivedId(envelope)}, ${envelope.form}, 'dead', ${attempt}, ${envelope.generation}, ${envelope.digest},
        ${new Date(envelope.receivedAtMs).toISOString()}, ${error}, ${JSON.stringify(history)}, ${envelope.payload}, ${envelope.id})
      ON CONFLICT (queue, id) DO NOTHING`);
  }
}

/**
 * The id under which a submission is kept whose own was taken by other content: UUIDv8 (RFC 9562, custom) over id and
 * digest, so that every copy of it arrives at the same one. The time stays in front, so it sorts beside the other.
 */
export function derivedId({ id, digest }: { readonly id: string; readonly digest: string }): string {
  const hash = createHash('sha256').update(`${id} ${digest}`).digest('hex');
  return `${id.slice(0, 14)}8${hash.slice(0, 3)}-8${hash.slice(3, 6)}-${hash.slice(6, 18)}`;
}

function isRunning(queue: string, { envelope }: Claim): SQL {
  return sql`queue = ${queue} AND id = ${envelope.id} AND status = 'running' AND digest = ${envelope.digest}`;
}

/** What the stores are told to forget of a claim. */
function toSettled({ envelope }: Claim): Settled {
  return envelope;
}
