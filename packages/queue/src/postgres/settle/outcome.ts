import { sql } from 'drizzle-orm';
import type { PoolClient } from 'pg';
import type { QueueTables } from '../statement/tables.ts';
import { derivedId } from '../../contract/id.ts';
import type { Settlement } from '../../contract/ledger.ts';
import type { Claim } from '../../contract/store.ts';
import { RowsStatement, optionalColumn } from '../statement/rows-statement.ts';
import { Statement } from '../statement/statement.ts';
import type { StatementValues } from '../statement/statement.ts';
import { TRANSACTION_SETTINGS } from './guard.ts';

/** What an outcome says in addition to its claim. Payloads are given for dead and discarded ones, the rest for dead ones. */
export interface Verdict {
  readonly status: 'done' | 'dead' | 'discarded' | 'running';
  readonly payloads?: readonly string[];
  readonly errors?: readonly string[];
  readonly histories?: readonly string[];
  readonly running?: { readonly holder: string; readonly leaseMs: number };
}

type OutcomeScalars = { queue: QueueTables; status: string; leaseMs: number | null; holder: string | null };
type OutcomeColumn =
  | 'id'
  | 'form'
  | 'attempts'
  | 'generation'
  | 'digest'
  | 'received_ms'
  | 'error'
  | 'history'
  | 'payload'
  | 'traceparent';

/**
 * Inserts what is new and returns the ids. Ordered by id, so that two settlers of overlapping batches wait for each other instead
 * of deadlocking. If an operator's retry made a newer generation, an older copy inserts nothing; the newer one replaces the dead
 * outcome if an older copy has written it again in between. OFFSET 0 makes Postgres look up each id in the index, whatever the
 * statistics say. After the insert, lock_timeout is restored: the handler's statements come next.
 */
const INSERT = new RowsStatement<OutcomeScalars, OutcomeColumn, { ids: string[] | null }>(
  'outcomes',
  ['queue', 'status', 'leaseMs', 'holder'],
  {
    id: 'uuid',
    form: 'text',
    attempts: 'int4',
    generation: 'int4',
    digest: 'text',
    received_ms: 'float8',
    error: 'text',
    history: 'text',
    payload: 'text',
    traceparent: 'text',
  },
  (to, rows) => sql`
    WITH ${TRANSACTION_SETTINGS}, inserted AS (
      INSERT INTO ${to.outcomes} AS o (queue, id, form, status, attempts, generation, digest, received_at, error,
        history, payload, traceparent, lease_until, claimed_by)
      SELECT ${to.queue}::text, i.id, i.form, ${to.status}::text, i.attempts, i.generation, i.digest,
        to_timestamp(i.received_ms / 1000.0), i.error, COALESCE(i.history, '[]'), i.payload, i.traceparent,
        now() + ${to.leaseMs}::float8 * interval '1 ms', ${to.holder}::text
      FROM ${rows.from} CROSS JOIN pinned
      WHERE NOT EXISTS (SELECT FROM ${to.fallback} f
        WHERE f.queue = ${to.queue}::text AND f.id = i.id AND f.digest = i.digest AND f.generation > i.generation OFFSET 0)
      ORDER BY i.id
      ON CONFLICT (queue, id) DO UPDATE SET status = excluded.status, attempts = excluded.attempts,
        generation = excluded.generation, digest = excluded.digest, settled_at = now(), error = excluded.error,
        history = excluded.history, payload = excluded.payload, traceparent = excluded.traceparent, lease_until = excluded.lease_until,
        claimed_by = excluded.claimed_by
      WHERE o.digest = excluded.digest AND (
        (o.status = 'running' AND o.lease_until <= now())
        OR (o.status = 'dead' AND o.generation < excluded.generation))
      RETURNING o.id
    ), written AS MATERIALIZED (SELECT array_agg(id::text) AS ids FROM inserted)
    SELECT written.ids, set_config('lock_timeout', was.lock_timeout, true) FROM written, was`,
);

const EXPLAIN = new Statement<
  { queue: QueueTables; ids: readonly string[] },
  { id: string; digest: string; status: string }
>(
  'explain_outcomes',
  ['queue', 'ids'],
  (to) => sql`
    SELECT id, digest, status FROM ${to.outcomes} WHERE queue = ${to.queue} AND id = ANY(${to.ids}::uuid[])`,
);

const KEEP_CONFLICTING = new Statement<StatementValues, never>(
  'keep_conflicting',
  [
    'queue',
    'id',
    'form',
    'attempts',
    'generation',
    'digest',
    'receivedAt',
    'error',
    'history',
    'payload',
    'other',
    'traceparent',
  ],
  (to) => sql`
    INSERT INTO ${to.outcomes} (queue, id, form, status, attempts, generation, digest, received_at, error, history,
      payload, conflicts_with, traceparent)
    VALUES (${to.queue}, ${to.id}, ${to.form}, 'dead', ${to.attempts}, ${to.generation}, ${to.digest},
      ${to.receivedAt}, ${to.error}, ${to.history}, ${to.payload}, ${to.other}, ${to.traceparent})
    ON CONFLICT (queue, id) DO NOTHING`,
);

/** Writes the outcomes that are new, and sorts out the rest. */
export async function writeOutcomes(
  client: PoolClient,
  queue: QueueTables,
  claims: readonly Claim[],
  { status, payloads, errors, histories, running }: Verdict,
): Promise<Settlement> {
  const [written] = await INSERT.run(
    client,
    { queue, status, leaseMs: running?.leaseMs ?? null, holder: running?.holder ?? null },
    {
      id: claims.map((claim) => claim.envelope.id),
      form: claims.map((claim) => claim.envelope.form),
      attempts: claims.map((claim) => claim.attempt),
      generation: claims.map((claim) => claim.envelope.generation),
      digest: claims.map((claim) => claim.envelope.digest),
      received_ms: claims.map((claim) => claim.envelope.receivedAtMs),
      error: optionalColumn(claims, (_, index) => errors?.[index]),
      history: optionalColumn(
        claims,
        ({ history }, index) =>
          histories?.[index] ?? (history.length > 0 ? JSON.stringify(history) : undefined),
      ),
      payload: optionalColumn(claims, (_, index) => payloads?.[index]),
      traceparent: status === 'dead' ? optionalColumn(claims, ({ envelope }) => envelope.traceparent) : null,
    },
  );
  if (written === undefined) throw new Error('the settling transaction has not begun');
  const insertedIds = new Set(written.ids);
  if (insertedIds.size === claims.length) return { inserted: claims, alreadySettled: [], inProgress: [] };
  return sortOut(client, queue, claims, insertedIds);
}

/** Finds out why the rest was not inserted. A submission that used another one's id is kept as dead, under an id of its own. */
async function sortOut(
  client: PoolClient,
  queue: QueueTables,
  claims: readonly Claim[],
  insertedIds: ReadonlySet<string>,
): Promise<Settlement> {
  const inserted = claims.filter((claim) => insertedIds.has(claim.envelope.id));
  const rest = claims.filter((claim) => !insertedIds.has(claim.envelope.id));
  const rows = await EXPLAIN.run(client, { queue, ids: rest.map((claim) => claim.envelope.id) });
  const outcomes = new Map(rows.map((row) => [row.id, row]));
  const conflicting = rest.filter((claim) => isConflict(claim, outcomes.get(claim.envelope.id)));
  for (const claim of conflicting) await keepConflicting(client, queue, claim);
  const isInProgress = (claim: Claim) =>
    outcomes.get(claim.envelope.id)?.status === 'running' && !conflicting.includes(claim);
  return {
    inserted,
    alreadySettled: rest.filter((claim) => !isInProgress(claim)),
    inProgress: rest.filter(isInProgress),
  };
}

function isConflict(claim: Claim, outcome: { readonly digest: string } | undefined): boolean {
  return outcome !== undefined && outcome.digest !== claim.envelope.digest;
}

async function keepConflicting(
  client: PoolClient,
  queue: QueueTables,
  { envelope, attempt, history }: Claim,
): Promise<void> {
  await KEEP_CONFLICTING.run(client, {
    queue,
    id: derivedId(envelope),
    form: envelope.form,
    attempts: attempt,
    generation: envelope.generation,
    digest: envelope.digest,
    receivedAt: new Date(envelope.receivedAtMs).toISOString(),
    error: `Submission ${envelope.id} had been accepted before with other content; this one is kept under its own id.`,
    history: JSON.stringify(history),
    payload: envelope.payload,
    other: envelope.id,
    traceparent: envelope.traceparent ?? null,
  });
}
