import { sql } from 'drizzle-orm';
import type { PushAnswer, PushItem } from '../store.ts';
import { Statement, unusual } from './statement.ts';
import type { Runner, Unusual } from './statement.ts';

/**
 * One statement for all items. Ordered by id, so that two flights with the same ids cannot deadlock. OFFSET 0 has each id
 * looked up in the index, whatever the statistics say: joined, all outcomes of the queue would be read for a flight.
 */
const PUSH = new Statement<PushColumns, { id: string }>(
  'push',
  [
    'queue',
    'ids',
    'forms',
    'payloads',
    'digests',
    'receivedMs',
    'runMs',
    'generations',
    'attempts',
    'reasons',
    'histories',
    'traceparents',
  ],
  (to) => sql`
    INSERT INTO fallback_submissions AS f
      (queue, id, form, data, digest, created_at, run_at, generation, attempts, reason, history, traceparent)
    SELECT ${to.queue}::text, i.id, i.form, i.data, i.digest, to_timestamp(i.received_ms / 1000.0),
      COALESCE(to_timestamp(i.run_ms / 1000.0), now()), COALESCE(i.generation, 1), COALESCE(i.attempts, 0), i.reason,
      COALESCE(i.history, '[]'), i.traceparent
    FROM unnest(${to.ids}::uuid[], ${to.forms}::text[], ${to.payloads}::text[], ${to.digests}::text[],
      ${to.receivedMs}::float8[], ${to.runMs}::float8[], ${to.generations}::int[], ${to.attempts}::int[],
      ${to.reasons}::text[], ${to.histories}::text[], ${to.traceparents}::text[])
      AS i(id, form, data, digest, received_ms, run_ms, generation, attempts, reason, history, traceparent)
    WHERE NOT EXISTS (
      SELECT FROM submission_outcomes o
      WHERE o.queue = ${to.queue}::text AND o.id = i.id AND o.generation >= i.generation AND o.status <> 'running' OFFSET 0)
    ORDER BY i.id
    ON CONFLICT (queue, id) DO UPDATE SET run_at = excluded.run_at,
      generation = excluded.generation, attempts = excluded.attempts, lease_until = '-infinity', pushed_epoch = NULL
      WHERE f.generation < excluded.generation AND f.digest = excluded.digest
    RETURNING f.id`,
);

const EXPLAIN = new Statement<{ queue: string; ids: readonly string[] }, { id: string; digest: string }>(
  'explain',
  ['queue', 'ids'],
  (to) => sql`
    SELECT id, digest FROM fallback_submissions WHERE queue = ${to.queue} AND id = ANY(${to.ids}::uuid[])
    UNION ALL SELECT id, digest FROM submission_outcomes
      WHERE queue = ${to.queue} AND id = ANY(${to.ids}::uuid[]) AND status <> 'running'`,
);

type PushColumns = {
  queue: string;
  ids: readonly string[];
  forms: readonly string[];
  payloads: readonly string[];
  digests: readonly string[];
  receivedMs: readonly number[];
  reasons: readonly (string | null)[];
  runMs: Unusual<number>;
  generations: Unusual<number>;
  attempts: Unusual<number>;
  histories: Unusual<string>;
  traceparents: Unusual<string>;
};

export async function pushRows(on: Runner, queue: string, items: readonly PushItem[]): Promise<PushAnswer[]> {
  const rows = await PUSH.run(on, {
    queue,
    ids: items.map((item) => item.envelope.id),
    forms: items.map((item) => item.envelope.form),
    payloads: items.map((item) => item.envelope.payload),
    digests: items.map((item) => item.envelope.digest),
    receivedMs: items.map((item) => item.envelope.receivedAtMs),
    reasons: items.map((item) => item.reason ?? null),
    runMs: unusual(items, (item) => item.runAtMs),
    generations: unusual(items, ({ envelope }) =>
      envelope.generation === 1 ? undefined : envelope.generation,
    ),
    attempts: unusual(items, (item) => item.attempts),
    histories: unusual(items, (item) => item.history && JSON.stringify(item.history)),
    traceparents: unusual(items, ({ envelope }) => envelope.traceparent),
  });
  if (rows.length === items.length) return items.map(() => 'stored');
  const stored = new Set(rows.map((row) => row.id));
  // What was stored is stored, whatever becomes of the question about the rest.
  const unexplained = () => items.map(({ envelope }) => (stored.has(envelope.id) ? 'stored' : 'unknown'));
  return explainRest(on, queue, items, stored).catch(unexplained);
}

/** What was not stored had been there before: with the same content, or with other content. */
async function explainRest(
  on: Runner,
  queue: string,
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
