import { sql } from 'drizzle-orm';
import type { PushAnswer, PushItem } from '../store.ts';
import type { Executor } from './connection.ts';

/** One statement for all items. Ordered by id, so that two flights with the same ids cannot deadlock. */
export async function pushRows(
  db: Executor,
  queue: string,
  items: readonly PushItem[],
): Promise<PushAnswer[]> {
  const column = <T>(value: (item: PushItem) => T) => sql.param(items.map(value));
  const { rows } = await db.execute<{ id: string }>(sql`
    INSERT INTO fallback_submissions AS f
      (queue, id, form, data, digest, created_at, run_at, generation, attempts, reason, history)
    SELECT ${queue}, i.id, i.form, i.data, i.digest, to_timestamp(i.received_ms / 1000.0),
      CASE WHEN i.run_ms IS NULL THEN now() ELSE to_timestamp(i.run_ms / 1000.0) END, i.generation, i.attempts, i.reason, i.history
    FROM unnest(${column((item) => item.envelope.id)}::uuid[], ${column((item) => item.envelope.form)}::text[],
      ${column((item) => item.envelope.payload)}::text[], ${column((item) => item.envelope.digest)}::text[],
      ${column((item) => item.envelope.receivedAtMs)}::float8[], ${column((item) => item.runAtMs ?? null)}::float8[],
      ${column((item) => item.envelope.generation)}::int[], ${column((item) => item.attempts ?? 0)}::int[],
      ${column((item) => item.reason ?? null)}::text[], ${column((item) => JSON.stringify(item.history ?? []))}::text[])
      AS i(id, form, data, digest, received_ms, run_ms, generation, attempts, reason, history)
    WHERE NOT EXISTS (
      SELECT FROM submission_outcomes o
      WHERE o.queue = ${queue} AND o.id = i.id AND o.generation >= i.generation AND o.status <> 'running')
    ORDER BY i.id
    ON CONFLICT (queue, id) DO UPDATE SET run_at = excluded.run_at,
      generation = excluded.generation, attempts = excluded.attempts, lease_until = '-infinity', pushed_epoch = NULL
      WHERE f.generation < excluded.generation AND f.digest = excluded.digest
    RETURNING f.id`);
  const stored = new Set(rows.map((row) => row.id));
  if (stored.size === items.length) return items.map(() => 'stored');
  // What was stored is stored, whatever becomes of the question about the rest.
  const unexplained = () => items.map(({ envelope }) => (stored.has(envelope.id) ? 'stored' : 'unknown'));
  return explainRest(db, queue, items, stored).catch(unexplained);
}

/** What was not stored had been there before: with the same content, or with other content. */
async function explainRest(
  db: Executor,
  queue: string,
  items: readonly PushItem[],
  stored: ReadonlySet<string>,
): Promise<PushAnswer[]> {
  const ids = sql.param(items.map((item) => item.envelope.id).filter((id) => !stored.has(id)));
  const { rows } = await db.execute<{ id: string; digest: string }>(sql`
    SELECT id, digest FROM fallback_submissions WHERE queue = ${queue} AND id = ANY(${ids}::uuid[])
    UNION ALL SELECT id, digest FROM submission_outcomes
      WHERE queue = ${queue} AND id = ANY(${ids}::uuid[]) AND status <> 'running'`);
  const known = new Map<string, Set<string>>();
  for (const row of rows) known.set(row.id, (known.get(row.id) ?? new Set()).add(row.digest));
  return items.map(({ envelope }) => {
    if (stored.has(envelope.id)) return 'stored';
    const digests = known.get(envelope.id);
    if (!digests) return 'unknown';
    return digests.has(envelope.digest) ? 'duplicate' : 'conflict';
  });
}
