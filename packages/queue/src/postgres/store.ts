import { sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import type { Pool } from 'pg';
import type { Envelope } from '../submission.ts';
import type {
  AttemptRecord,
  Claim,
  ClaimOptions,
  Depth,
  Held,
  PushAnswer,
  PushItem,
  PushOptions,
  PushResult,
  Retry,
  Settled,
  Store,
} from '../store.ts';
import { toError } from '../error-text.ts';
import { wasRefused, withConnection } from './connection.ts';
import type { Database } from './connection.ts';

/** Anything but a push may take this long, in ms, before the store counts as away. */
const CALL_DEADLINE_MS = 10_000;
/** One claim's payloads take at most about this much. */
const CLAIM_BYTES = 4 * 1024 * 1024;
/** Counting stops here: past it, a number is not worth the scan. */
export const COUNT_CAP = 10_000;
/** The claim cursor starts over at least this often, in ms, so that what was released behind it is seen. */
const CURSOR_LIFE_MS = 5_000;

interface Cursor {
  readonly runAt: string;
  readonly id: string;
  readonly sinceMs: number;
}

/** Submissions in Postgres. Rows leave in the settling transaction (`settle.ts`), or by `forget` after it. */
export class PostgresStore implements Store {
  readonly name = 'postgres';
  readonly #pool: Pool;
  readonly #queue: string;
  #cursor: Cursor | undefined;

  constructor(pool: Pool, queue: string) {
    this.#pool = pool;
    this.#queue = queue;
  }

  async push(items: readonly PushItem[], options: PushOptions): Promise<PushResult> {
    try {
      const answers = await withConnection(this.#pool, options.deadlineMs, (db) =>
        pushRows(db, this.#queue, items),
      );
      return { answers };
    } catch (error) {
      const answer: PushAnswer = wasRefused(error) ? 'refused' : 'unknown';
      return { answers: items.map(() => answer), cause: toError(error) };
    }
  }

  async claim(options: ClaimOptions): Promise<Claim[]> {
    const from =
      this.#cursor && performance.now() - this.#cursor.sinceMs < CURSOR_LIFE_MS ? this.#cursor : undefined;
    const rows = await this.#run((db) => claimRows(db, this.#queue, options, from));
    const last = rows.at(-1);
    this.#cursor =
      last === undefined || last.seen < options.limit
        ? undefined
        : { runAt: last.run_at, id: last.id, sinceMs: from?.sinceMs ?? performance.now() };
    // Nothing ahead of the cursor does not mean nothing at all.
    if (last === undefined && from !== undefined) return this.claim(options);
    return rows.map(toClaim);
  }

  async extend(held: readonly Held[], leaseMs: number): Promise<string[]> {
    const { rows } = await this.#run((db) =>
      db.execute<{ id: string }>(sql`
        UPDATE fallback_submissions f SET lease_until = now() + ${leaseMs} * interval '1 ms'
        FROM ${heldRows(held)} WHERE ${isHeld(this.#queue)} RETURNING f.id`),
    );
    const extended = new Set(rows.map((row) => row.id));
    return held.map((one) => one.id).filter((id) => !extended.has(id));
  }

  async retry(retries: readonly Retry[]): Promise<void> {
    const column = <T>(value: (one: Retry) => T) => sql.param(retries.map(value));
    const values = sql`, ${column((one) => one.delayMs)}::float8[],
      ${column((one) => JSON.stringify(one.history))}::text[], ${column((one) => one.history.at(-1)?.error ?? null)}::text[],
      ${column((one) => (one.uncounted ? 1 : 0))}::int[]`;
    await this.#run((db) =>
      db.execute(sql`
        UPDATE fallback_submissions f
        SET run_at = now() + h.delay_ms * interval '1 ms', lease_until = '-infinity', claimed_by = NULL,
          attempts = f.attempts - h.back, history = h.history, last_error = h.error
        FROM ${heldRows(retries, values, sql`, delay_ms, history, error, back`)}
        WHERE ${isHeld(this.#queue)}`),
    );
  }

  async release(held: readonly Held[]): Promise<void> {
    await this.#run((db) =>
      db.execute(sql`
        UPDATE fallback_submissions f
        SET attempts = f.attempts - 1, lease_until = '-infinity', claimed_by = NULL
        FROM ${heldRows(held)} WHERE ${isHeld(this.#queue)}`),
    );
  }

  async forget(items: readonly Settled[]): Promise<void> {
    await this.#run((db) => deleteRows(db, this.#queue, items));
  }

  async has(ids: readonly string[]): Promise<Set<string>> {
    const { rows } = await this.#run((db) =>
      db.execute<{ id: string }>(sql`
        SELECT id FROM fallback_submissions
        WHERE queue = ${this.#queue} AND id = ANY(${sql.param(ids)}::uuid[])`),
    );
    return new Set(rows.map((row) => row.id));
  }

  /**
   * Keeps rows whose copy in Redis is being worked on from being handed out here, should Redis go away meanwhile.
   * Rows that are not there are no error: most submissions in Redis have none.
   */
  async hold(ids: readonly string[], leaseMs: number): Promise<void> {
    await this.#run((db) =>
      db.execute(sql`
        UPDATE fallback_submissions SET lease_until = now() + ${leaseMs} * interval '1 ms'
        WHERE queue = ${this.#queue} AND id = ANY(${sql.param(ids)}::uuid[])`),
    );
  }

  depth(): Promise<Depth> {
    return this.#run((db) => readDepth(db, this.#queue));
  }

  /** A real write that leaves nothing behind: what a claim or a settlement needs is that writes work. */
  async probe(deadlineMs: number): Promise<void> {
    await withConnection(this.#pool, deadlineMs, (db) =>
      db.execute(sql`
        INSERT INTO fallback_submissions (queue, id, form, data, digest, created_at, run_at)
        VALUES (${`$probe`}, '00000000-0000-7000-8000-000000000000', '', '', '', now(), 'infinity')
        ON CONFLICT (queue, id) DO UPDATE SET created_at = now()`),
    );
  }

  #run<T>(work: (db: Database) => Promise<T>): Promise<T> {
    return withConnection(this.#pool, CALL_DEADLINE_MS, work);
  }
}

/** Each count stops at `COUNT_CAP`: a scan of a million rows would answer nobody's question. */
export async function readDepth(db: Database, queue: string): Promise<Depth> {
  const count = (condition: SQL) => sql`
    (SELECT count(*)::int FROM (SELECT 1 FROM fallback_submissions
      WHERE queue = ${queue} AND ${condition} LIMIT ${COUNT_CAP}) counted)`;
  const { rows } = await db.execute<{ ready: number; delayed: number; active: number }>(sql`
    SELECT ${count(sql`run_at <= now() AND lease_until <= now()`)} AS ready,
      ${count(sql`run_at > now()`)} AS delayed,
      ${count(sql`run_at <= now() AND lease_until > now()`)} AS active`);
  const depth = rows[0] ?? { ready: 0, delayed: 0, active: 0 };
  return { ...depth, capped: Math.max(depth.ready, depth.delayed, depth.active) >= COUNT_CAP };
}

/** Deletes settled rows: of this generation or older, and with this content. */
export async function deleteRows(db: Database, queue: string, items: readonly Settled[]): Promise<void> {
  await db.execute(sql`
    DELETE FROM fallback_submissions f
    USING unnest(${sql.param(items.map((item) => item.id))}::uuid[],
      ${sql.param(items.map((item) => item.generation))}::int[],
      ${sql.param(items.map((item) => item.digest))}::text[]) AS s(id, generation, digest)
    WHERE f.queue = ${queue} AND f.id = s.id AND f.generation <= s.generation AND f.digest = s.digest`);
}

/** One statement for all items. Ordered by id, so that two flights with the same ids cannot deadlock. */
async function pushRows(db: Database, queue: string, items: readonly PushItem[]): Promise<PushAnswer[]> {
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
      SELECT FROM submission_outcomes o WHERE o.queue = ${queue} AND o.id = i.id AND o.generation >= i.generation)
    ORDER BY i.id
    ON CONFLICT (queue, id) DO UPDATE SET data = excluded.data, digest = excluded.digest, run_at = excluded.run_at,
      generation = excluded.generation, attempts = excluded.attempts, lease_until = '-infinity', pushed_epoch = NULL
      WHERE f.generation < excluded.generation
    RETURNING f.id`);
  const stored = new Set(rows.map((row) => row.id));
  if (stored.size === items.length) return items.map(() => 'stored');
  return explainRest(db, queue, items, stored);
}

/** What was not stored had been there before: with the same content, or with other content. */
async function explainRest(
  db: Database,
  queue: string,
  items: readonly PushItem[],
  stored: ReadonlySet<string>,
): Promise<PushAnswer[]> {
  const ids = sql.param(items.map((item) => item.envelope.id).filter((id) => !stored.has(id)));
  const { rows } = await db.execute<{ id: string; digest: string }>(sql`
    SELECT id, digest FROM fallback_submissions WHERE queue = ${queue} AND id = ANY(${ids}::uuid[])
    UNION ALL SELECT id, digest FROM submission_outcomes WHERE queue = ${queue} AND id = ANY(${ids}::uuid[])`);
  const known = new Map<string, Set<string>>();
  for (const row of rows) known.set(row.id, (known.get(row.id) ?? new Set()).add(row.digest));
  return items.map(({ envelope }) => {
    if (stored.has(envelope.id)) return 'stored';
    const digests = known.get(envelope.id);
    if (!digests) return 'unknown';
    return digests.has(envelope.digest) ? 'duplicate' : 'conflict';
  });
}

type ClaimedRow = {
  id: string;
  form: string;
  data: string;
  digest: string;
  received_ms: number;
  run_at: string;
  generation: number;
  attempts: number;
  history: string;
  seen: number;
};

/**
 * Leases due rows in order of their time, skipping what others are just claiming. A row whose lease ran out may have
 * killed its worker, so it is taken alone: rows before it now, itself when it stands first.
 * The keyset cursor keeps the scan off the dead index entries that settled rows leave at the head.
 */
async function claimRows(
  db: Database,
  queue: string,
  { limit, leaseMs, worker }: ClaimOptions,
  after: Cursor | undefined,
): Promise<ClaimedRow[]> {
  const ahead = after ? sql`AND (run_at, id) > (${after.runAt}::timestamptz, ${after.id}::uuid)` : sql``;
  const { rows } = await db.execute<ClaimedRow>(sql`
    WITH due AS (
      SELECT id, run_at, lease_until > '-infinity' AS expired, pg_column_size(data) AS bytes FROM fallback_submissions
      WHERE queue = ${queue} AND run_at <= now() AND lease_until <= now() ${ahead}
      ORDER BY run_at, id LIMIT ${limit} FOR UPDATE SKIP LOCKED
    ), picked AS (
      SELECT id, count(*) OVER () AS seen, row_number() OVER in_order AS n,
        count(*) FILTER (WHERE expired) OVER in_order AS expired_so_far, sum(bytes) OVER in_order AS bytes_so_far
      FROM due WINDOW in_order AS (ORDER BY run_at, id)
    ), claimed AS (
      UPDATE fallback_submissions f
      SET attempts = f.attempts + 1, lease_until = now() + ${leaseMs} * interval '1 ms', claimed_by = ${worker}
      FROM picked p
      WHERE f.queue = ${queue} AND f.id = p.id AND (p.n = 1 OR (p.expired_so_far = 0 AND p.bytes_so_far <= ${CLAIM_BYTES}))
      RETURNING f.*, p.seen
    )
    SELECT id, form, data, digest, extract(epoch FROM created_at)::float8 * 1000 AS received_ms, run_at::text AS run_at,
      generation, attempts, history, seen::int AS seen
    FROM claimed ORDER BY claimed.run_at, id`);
  return rows;
}

function toClaim(row: ClaimedRow): Claim {
  return { envelope: toEnvelope(row), token: row.attempts, history: parseHistory(row.history) };
}

/** The envelope in a row as the queries here select it. */
export function toEnvelope(row: Omit<ClaimedRow, 'run_at' | 'attempts' | 'history' | 'seen'>): Envelope {
  return {
    id: row.id,
    form: row.form,
    payload: row.data,
    digest: row.digest,
    receivedAtMs: Math.round(row.received_ms),
    generation: row.generation,
  };
}

export function parseHistory(text: string): readonly AttemptRecord[] {
  return JSON.parse(text);
}

function heldRows(held: readonly Held[], moreValues: SQL = sql``, moreColumns: SQL = sql``): SQL {
  return sql`unnest(${sql.param(held.map((one) => one.id))}::uuid[], ${sql.param(held.map((one) => one.generation))}::int[],
    ${sql.param(held.map((one) => one.token))}::int[]${moreValues}) AS h(id, generation, token${moreColumns})`;
}

function isHeld(queue: string): SQL {
  return sql`f.queue = ${queue} AND f.id = h.id AND f.generation = h.generation AND f.attempts = h.token
    AND f.lease_until > '-infinity'`;
}
