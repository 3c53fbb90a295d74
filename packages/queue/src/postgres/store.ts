import { sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import type { Pool, PoolClient } from 'pg';
import type {
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
} from '../contract/store.ts';
import { toError } from '../util/error-text.ts';
import { AbandonedStatements, AbandonedStatementsError, pidOf } from './connection/abandoned.ts';
import { withConnection } from './connection/connection.ts';
import { HeldConnection } from './connection/held-connection.ts';
import { wasRefused } from './connection/failures.ts';
import type { Database } from './connection/connection.ts';
import { claimRows } from './claim.ts';
import type { ClaimedRow, Cursor } from './claim.ts';
import { pushRows } from './push.ts';
import { toEnvelope, parseHistory } from './row.ts';
import { deleteRows } from './settle/delete-rows.ts';
import type { QueueTables } from './statement/tables.ts';
import { readDepth } from './views/counts.ts';
import { SharedConnection } from './connection/shared-connection.ts';

/** Calls other than a push may take this long, in ms, before the store counts as down. */
const CALL_DEADLINE_MS = 10_000;
/** The claim cursor starts over at least this often, in ms, so that rows released behind it are seen. */
const CURSOR_LIFE_MS = 5_000;

/** Submissions in Postgres. Rows are deleted in the settling transaction (`settle.ts`), or by `ack` after it. */
export class PostgresStore implements Store {
  readonly name = 'postgres';
  readonly #pool: Pool;
  readonly #queue: QueueTables;
  readonly #shared: SharedConnection;
  #cursor: Cursor | undefined;
  /** The Postgres process of the last probe. */
  #probedBy: number | undefined;

  constructor(pool: Pool, queue: QueueTables) {
    this.#pool = pool;
    this.#queue = queue;
    this.#shared = new SharedConnection(pool);
  }

  async push(items: readonly PushItem[], options: PushOptions): Promise<PushResult> {
    try {
      const push = (client: PoolClient) => pushRows(client, this.#queue, items);
      // Other items may wait for a transaction that writes a row of the same id.
      const answers = items.every((item) => item.generatedId)
        ? await this.#shared.run(options.deadlineMs, items.length, push)
        : await withConnection(this.#pool, options.deadlineMs, (_, client) => push(client));
      return { answers };
    } catch (error) {
      const answer: PushAnswer = wasRefused(error) ? 'refused' : 'unknown';
      return { answers: items.map(() => answer), cause: toError(error) };
    }
  }

  async claim(options: ClaimOptions): Promise<Claim[]> {
    const from =
      this.#cursor && performance.now() - this.#cursor.sinceMs < CURSOR_LIFE_MS ? this.#cursor : undefined;
    const rows = await claimRows(this.#pool, CALL_DEADLINE_MS, this.#queue, options, from);
    const last = rows.at(-1);
    this.#cursor =
      last === undefined || last.seen < options.limit
        ? undefined
        : { runAt: last.run_at, id: last.id, sinceMs: from?.sinceMs ?? performance.now() };
    // There may be rows behind the cursor.
    if (last === undefined && from !== undefined) return this.claim(options);
    return rows.map(toClaim);
  }

  async extend(held: readonly Held[], leaseMs: number): Promise<string[]> {
    const { rows } = await this.#run((db) =>
      db.execute<{ id: string }>(sql`
        UPDATE ${this.#queue.fallback} f SET lease_until = now() + ${leaseMs} * interval '1 ms'
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
        UPDATE ${this.#queue.fallback} f
        SET run_at = now() + h.delay_ms * interval '1 ms', lease_until = '-infinity', claimed_by = NULL, claim_token = NULL,
          attempts = f.attempts - h.back, history = h.history, last_error = h.error
        FROM ${heldRows(retries, values, sql`, delay_ms, history, error, back`)}
        WHERE ${isHeld(this.#queue)}`),
    );
  }

  async release(held: readonly Held[]): Promise<void> {
    await this.#run((db) =>
      db.execute(sql`
        UPDATE ${this.#queue.fallback} f
        SET attempts = f.attempts - 1, lease_until = '-infinity', claimed_by = NULL, claim_token = NULL
        FROM ${heldRows(held)} WHERE ${isHeld(this.#queue)}`),
    );
  }

  async ack(items: readonly Settled[]): Promise<void> {
    await this.#run((_, client) => deleteRows(client, this.#queue, items));
  }

  async has(ids: readonly string[]): Promise<Set<string>> {
    const { rows } = await this.#run((db) =>
      db.execute<{ id: string }>(sql`
        SELECT id FROM ${this.#queue.fallback}
        WHERE queue = ${this.#queue.name} AND id = ANY(${sql.param(ids)}::uuid[])`),
    );
    return new Set(rows.map((row) => row.id));
  }

  depth(): Promise<Depth> {
    return this.#run((db) => readDepth(db, this.#queue));
  }

  /** A real write, always of the same row, under a name that no queue can have: claims and settlements need writes. */
  async probe(deadlineMs: number): Promise<void> {
    const abandoned = AbandonedStatements.of(this.#pool);
    if (abandoned.has(this.#probedBy)) await HeldConnection.checkAbandoned(this.#pool);
    // A second one would wait behind it.
    if (abandoned.has(this.#probedBy)) throw new AbandonedStatementsError(abandoned.count);
    await withConnection(this.#pool, deadlineMs, (db, client) => {
      this.#probedBy = pidOf(client);
      return db.execute(sql`
        INSERT INTO ${this.#queue.fallback} (queue, id, form, data, digest, created_at, run_at)
        VALUES (${`$probe`}, '00000000-0000-7000-8000-000000000000', '', '', '', now(), 'infinity')
        ON CONFLICT (queue, id) DO UPDATE SET created_at = now()`);
    });
  }

  #run<T>(work: (db: Database, client: PoolClient) => Promise<T>): Promise<T> {
    return withConnection(this.#pool, CALL_DEADLINE_MS, work);
  }
}

function toClaim(row: ClaimedRow): Claim {
  const { claim_token: token, attempts: attempt, history } = row;
  return { envelope: toEnvelope(row), token, attempt, history: parseHistory(history) };
}

function heldRows(held: readonly Held[], moreValues: SQL = sql``, moreColumns: SQL = sql``): SQL {
  return sql`unnest(${sql.param(held.map((one) => one.id))}::uuid[],
    ${sql.param(held.map((one) => one.token))}::text[]${moreValues}) AS h(id, token${moreColumns})`;
}

function isHeld(queue: QueueTables): SQL {
  return sql`f.queue = ${queue.name} AND f.id = h.id AND f.claim_token = h.token AND f.lease_until > '-infinity'`;
}
