import { sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import type { QueueTables } from './statement/tables.ts';
import type { PushAnswer, PushItem } from '../contract/store.ts';
import { RowsStatement, optionalColumn } from './statement/rows-statement.ts';
import { Statement } from './statement/statement.ts';
import type { Runner } from '../contract/transaction.ts';

const COLUMNS = {
  id: 'uuid',
  form: 'text',
  data: 'text',
  digest: 'text',
  received_ms: 'float8',
  run_ms: 'float8',
  generation: 'int4',
  attempts: 'int4',
  reason: 'text',
  history: 'text',
  traceparent: 'text',
} as const;

/** The given rows as rows of the table, with defaults. */
const given = (queue: unknown, from: SQL) => sql`
  (queue, id, form, data, digest, created_at, run_at, generation, attempts, reason, history, traceparent)
  SELECT ${queue}::text, i.id, i.form, i.data, i.digest, to_timestamp(i.received_ms / 1000.0),
    COALESCE(to_timestamp(i.run_ms / 1000.0), now()), COALESCE(i.generation, 1), COALESCE(i.attempts, 0), i.reason,
    COALESCE(i.history, '[]'), i.traceparent
  FROM ${from}`;

/**
 * For ids generated for this push: no store can know them, so nothing is looked up or answered. If the statement arrives late, the
 * id may be known by then. If there is a row, it fails on the key. If there is an outcome, the row is stored, and the worker that
 * settles it finds the outcome.
 */
const PUSH_MINTED = new RowsStatement<{ queue: QueueTables }, keyof typeof COLUMNS, never>(
  'push_minted',
  ['queue'],
  COLUMNS,
  (to, rows) => sql`INSERT INTO ${to.fallback} ${given(to.queue, rows.from)}`,
);

/**
 * One statement for all items. Ordered by id, so that two batches with the same ids cannot deadlock. OFFSET 0 makes Postgres look
 * up each id in the index, whatever the statistics say: a join would read all outcomes of the queue for each batch. The ids are
 * returned only if some were not stored: reading an answer delays the next batch.
 */
const PUSH = new RowsStatement<
  { queue: QueueTables; count: number },
  keyof typeof COLUMNS,
  { stored: number; ids: readonly string[] | null }
>(
  'push',
  ['queue', 'count'],
  COLUMNS,
  (to, rows) => sql`
    WITH stored AS (INSERT INTO ${to.fallback} AS f ${given(to.queue, rows.from)}
    WHERE NOT EXISTS (
      SELECT FROM ${to.outcomes} o
      WHERE o.queue = ${to.queue}::text AND o.id = i.id AND o.generation >= COALESCE(i.generation, 1) AND o.status <> 'running' OFFSET 0)
    ORDER BY i.id
    ON CONFLICT (queue, id) DO UPDATE SET run_at = excluded.run_at,
      generation = excluded.generation, attempts = excluded.attempts, lease_until = '-infinity', pushed_epoch = NULL
      WHERE f.generation < excluded.generation AND f.digest = excluded.digest
    RETURNING f.id)
    SELECT count(*)::int AS stored, CASE WHEN count(*) < ${to.count}::int THEN array_agg(id::text) END AS ids FROM stored`,
);

const EXPLAIN = new Statement<{ queue: QueueTables; ids: readonly string[] }, { id: string; digest: string }>(
  'explain',
  ['queue', 'ids'],
  (to) => sql`
    SELECT id, digest FROM ${to.fallback} WHERE queue = ${to.queue} AND id = ANY(${to.ids}::uuid[])
    UNION ALL SELECT id, digest FROM ${to.outcomes}
      WHERE queue = ${to.queue} AND id = ANY(${to.ids}::uuid[]) AND status <> 'running'`,
);

export async function pushRows(
  on: Runner,
  queue: QueueTables,
  items: readonly PushItem[],
): Promise<PushAnswer[]> {
  const columns = {
    id: items.map((item) => item.envelope.id),
    form: items.map((item) => item.envelope.form),
    data: items.map((item) => item.envelope.payload),
    digest: items.map((item) => item.envelope.digest),
    received_ms: items.map((item) => item.envelope.receivedAtMs),
    run_ms: optionalColumn(items, (item) => item.runAtMs),
    generation: optionalColumn(items, ({ envelope }) =>
      envelope.generation === 1 ? undefined : envelope.generation,
    ),
    attempts: optionalColumn(items, (item) => item.attempts),
    reason: items.map((item) => item.reason ?? null),
    history: optionalColumn(items, (item) => item.history && JSON.stringify(item.history)),
    traceparent: optionalColumn(items, ({ envelope }) => envelope.traceparent),
  };
  if (items.every((item) => item.generatedId)) {
    const stored = await PUSH_MINTED.count(on, { queue }, columns);
    return items.map(() => (stored === items.length ? 'stored' : 'unknown'));
  }
  const [answer] = await PUSH.run(on, { queue, count: items.length }, columns);
  if (answer?.stored === items.length) return items.map(() => 'stored');
  const stored = new Set(answer?.ids);
  // The stored ones are stored, even if the query about the rest fails.
  const unexplained = () => items.map(({ envelope }) => (stored.has(envelope.id) ? 'stored' : 'unknown'));
  return explainRest(on, queue, items, stored).catch(unexplained);
}

/** The ones that were not stored were there before, with the same content or with other content. */
async function explainRest(
  on: Runner,
  queue: QueueTables,
  items: readonly PushItem[],
  stored: ReadonlySet<string>,
): Promise<PushAnswer[]> {
  const ids = items.map((item) => item.envelope.id).filter((id) => !stored.has(id));
  const known = new Map<string, Set<string>>();
  for (const row of await EXPLAIN.run(on, { queue, ids }))
    known.set(row.id, (known.get(row.id) ?? new Set()).add(row.digest));
  return items.map(({ envelope }) => {
    if (stored.has(envelope.id)) return 'stored';
    const digests = known.get(envelope.id);
    if (!digests) return 'unknown';
    return digests.has(envelope.digest) ? 'duplicate' : 'conflict';
  });
}
