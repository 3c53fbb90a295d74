import { sql } from 'drizzle-orm';
import type { Pool } from 'pg';
import { inIndexOrder, withConnection } from '../postgres/connection/connection.ts';
import { Statement } from '../postgres/statement/statement.ts';
import { parseHistory, toEnvelope } from '../postgres/row.ts';
import type { RedisStore } from '../redis/store.ts';
import type { PushAnswer, PushItem } from '../contract/store.ts';
import { beginRecovery } from './spans.ts';
import type { RecoveryResult } from '../contract/views.ts';

const BATCH = 500;
const CALL_DEADLINE_MS = 10_000;
const PUSH_DEADLINE_MS = 1_000;
/** How often rows that Redis was told of are compared with what it really holds, in ms. */
const CHECK_EVERY_MS = 10_000;
/** Younger rows are left to whoever just pushed them, ms: their signal is on its way. */
const GRACE_MS = 500;

export interface RecoveryOptions {
  readonly queue: string;
  readonly redis: RedisStore;
  readonly pool: Pool;
  /** Redis is filled up to this many submissions. */
  readonly highWater: number;
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
  run_at: string;
  pushed_epoch: string | null;
};

const MARK = new Statement<{ queue: string; ids: readonly string[]; epoch: string | null }, never>(
  'mark',
  ['queue', 'ids', 'epoch'],
  (to) => sql`
    UPDATE fallback_submissions SET pushed_epoch = ${to.epoch}
    WHERE queue = ${to.queue} AND id = ANY(${to.ids}::uuid[])`,
);

/**
 * Pushes what waits in Postgres to Redis, and pushes it again when Redis has forgotten. It never deletes a row and holds
 * no lock across a Redis call: any number of recoveries, crashing anywhere, only make copies that the unique outcome
 * makes harmless. Deleting at the push was tried, and lost 15,167 of 36,512 submissions (DESIGN.md, section 1).
 */
export class Recovery {
  readonly #options: RecoveryOptions;
  #cursor: { readonly runAt: string; readonly id: string } | undefined;
  /** This walk over the rows also asks Redis whether it still holds those of its own epoch. */
  #checking = false;
  #blocked = false;
  #nextCheckMs = 0;

  constructor(options: RecoveryOptions) {
    this.#options = options;
  }

  /** Redis answers, but takes no pushes: it is full, say. What waits in Postgres is not going to reach it. */
  get blocked(): boolean {
    return this.#blocked;
  }

  /** The next walk compares all rows with what Redis holds: after a reconnect, it may be another Redis. */
  checkSoon(): void {
    this.#nextCheckMs = 0;
  }

  /** One batch of rows. Rejects where a store cannot be reached; the next pass goes on from the same place. */
  async runOnce(): Promise<RecoveryResult> {
    const { redis, highWater } = this.#options;
    const depth = await redis.depth();
    // What waits for its time does not count: it may wait for days.
    const room = highWater - depth.ready - depth.active;
    if (room <= 0) return { pushed: 0, more: true, full: true };
    if (this.#cursor === undefined) await this.#startWalk();
    const rows = await this.#readRows(Math.min(BATCH, room));
    const absent = await this.#findAbsent(rows);
    const pushed = absent.length === 0 ? 0 : await this.#push(absent);
    const last = rows.at(-1);
    const walkEnded = last === undefined || rows.length < Math.min(BATCH, room);
    this.#cursor = walkEnded ? undefined : { runAt: last.run_at, id: last.id };
    return { pushed, more: !walkEnded };
  }

  async #startWalk(): Promise<void> {
    const nowMs = performance.now();
    this.#checking = nowMs >= this.#nextCheckMs;
    if (!this.#checking) return;
    await this.#options.redis.repair();
    this.#nextCheckMs = nowMs + CHECK_EVERY_MS;
  }

  /**
   * Due rows that nobody works on, after the cursor. Those of Redis' own epoch only where they are to be checked. (Without
   * its table's name, `run_at` in ORDER BY were the text that is selected, and all rows would be sorted by it.)
   */
  async #readRows(limit: number): Promise<WaitingRow[]> {
    const { pool, queue, redis } = this.#options;
    const ahead = this.#cursor
      ? sql`AND (run_at, id) > (${this.#cursor.runAt}::timestamptz, ${this.#cursor.id}::uuid)`
      : sql``;
    // Without an epoch Redis has forgotten everything, or never held anything.
    const all = this.#checking || redis.epoch === undefined;
    const unpushed = all ? sql`` : sql`AND pushed_epoch IS DISTINCT FROM ${redis.epoch}`;
    const { rows } = await inIndexOrder(pool, CALL_DEADLINE_MS, (db) =>
      db.execute<WaitingRow>(sql`
        SELECT id, form, data, digest, extract(epoch FROM created_at)::float8 * 1000 AS received_ms, generation, attempts,
          history, traceparent, run_at::text AS run_at, pushed_epoch
        FROM fallback_submissions
        WHERE queue = ${queue} AND run_at <= now() - ${GRACE_MS} * interval '1 ms' AND lease_until <= now() ${unpushed} ${ahead}
        ORDER BY fallback_submissions.run_at, id LIMIT ${limit}`),
    );
    return rows;
  }

  /** Rows of another epoch, and rows of this one that Redis holds no more: evicted, or lost by a lagging replica. */
  async #findAbsent(rows: readonly WaitingRow[]): Promise<WaitingRow[]> {
    const { redis } = this.#options;
    const told = rows.filter((row) => redis.epoch !== undefined && row.pushed_epoch === redis.epoch);
    const held = told.length === 0 ? new Set() : await redis.has(told.map((row) => row.id));
    return rows.filter((row) => !held.has(row.id));
  }

  /**
   * Returns how many Redis had not held. In two halves: Postgres marks the first while Redis takes the second.
   */
  async #push(rows: readonly WaitingRow[]): Promise<number> {
    const half = Math.ceil(rows.length / 2);
    let stored = 0;
    let marking = Promise.resolve();
    try {
      for (const part of [rows.slice(0, half), rows.slice(half)]) {
        if (part.length === 0) continue;
        const told = await this.#tellRedis(part);
        stored += told.stored;
        await marking;
        marking = this.#mark(told.ids, told.epoch);
      }
    } finally {
      await marking;
    }
    return stored;
  }

  /** The ids that Redis holds now. What it refuses or holds with other content stays as it is, for later. */
  async #tellRedis(
    rows: readonly WaitingRow[],
  ): Promise<{ ids: string[]; stored: number; epoch: string | undefined }> {
    const items = rows.map((row): PushItem => ({
      envelope: toEnvelope(row),
      attempts: row.attempts,
      history: parseHistory(row.history),
    }));
    const { redis, queue } = this.#options;
    const endSpans = beginRecovery(
      queue,
      items.map((item) => item.envelope),
    );
    const { answers, cause } = await redis.push(items, { deadlineMs: PUSH_DEADLINE_MS });
    endSpans(answers);
    this.#blocked = answers.includes('refused') || answers.includes('full');
    if (cause) throw cause;
    const holds = (answer: PushAnswer | undefined) => answer === 'stored' || answer === 'duplicate';
    return {
      ids: rows.filter((_, index) => holds(answers[index])).map((row) => row.id),
      stored: answers.filter((answer) => answer === 'stored').length,
      // Now: a claim may see a later one, in which Redis has forgotten these.
      epoch: redis.epoch,
    };
  }

  async #mark(ids: readonly string[], epoch: string | undefined): Promise<void> {
    const { pool, queue } = this.#options;
    await withConnection(pool, CALL_DEADLINE_MS, (_, client) =>
      MARK.run(client, { queue, ids, epoch: epoch ?? null }),
    );
  }
}
