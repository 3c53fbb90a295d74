import type { FallbackRows, RowPlace, FallbackRow } from '../contract/ledger.ts';
import type { PushAnswer, FastStore } from '../contract/store.ts';
import { beginRecovery } from './spans.ts';
import type { RecoveryResult } from '../contract/views.ts';

const BATCH = 500;
const PUSH_DEADLINE_MS = 1_000;
/** A push holds at most this much, or one row: a Redis that limits its connections would close one that sends more. */
const PUSH_BYTES = 1024 * 1024;
/** The interval at which recovery checks whether Redis still holds the pushed rows, in ms. */
const CHECK_EVERY_MS = 10_000;

export interface RecoveryOptions {
  readonly queue: string;
  readonly redis: FastStore;
  readonly rows: FallbackRows;
  /** Redis is filled up to this many submissions. */
  readonly highWater: number;
}

/**
 * Pushes what waits in Postgres to Redis, and pushes it again when Redis has forgotten. It never deletes a row and holds
 * no lock across a Redis call: any number of recoveries, crashing anywhere, only make copies that the unique outcome
 * makes harmless. Deleting at the push was tried, and lost 15,167 of 36,512 submissions.
 */
export class Recovery {
  readonly #options: RecoveryOptions;
  #cursor: RowPlace | undefined;
  /** This walk over the rows also checks whether Redis still holds those of its own epoch. */
  #checking = false;
  #blocked = false;
  #nextCheckMs = 0;

  constructor(options: RecoveryOptions) {
    this.#options = options;
  }

  /** Redis answers, but refuses pushes, for example because it is full. What waits in Postgres does not reach it. */
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
    this.#cursor = walkEnded ? undefined : last.place;
    return { pushed, more: !walkEnded };
  }

  async #startWalk(): Promise<void> {
    const nowMs = performance.now();
    this.#checking = nowMs >= this.#nextCheckMs;
    if (!this.#checking) return;
    await this.#options.redis.repair();
    this.#nextCheckMs = nowMs + CHECK_EVERY_MS;
  }

  /** Rows of Redis' own epoch only where they are to be checked. */
  #readRows(limit: number): Promise<readonly FallbackRow[]> {
    const { rows, redis } = this.#options;
    return rows.due({ limit, after: this.#cursor, notPushedIn: this.#checking ? undefined : redis.epoch });
  }

  /** Rows of another epoch, and rows of this one that Redis does not hold any more: evicted, or lost by a lagging replica. */
  async #findAbsent(rows: readonly FallbackRow[]): Promise<FallbackRow[]> {
    const { redis } = this.#options;
    const told = rows.filter((row) => redis.epoch !== undefined && row.pushedEpoch === redis.epoch);
    const held = told.length === 0 ? new Set() : await redis.has(told.map(idOf));
    return rows.filter((row) => !held.has(idOf(row)));
  }

  /** Returns how many Redis did not hold before. In parts: Postgres marks one while Redis stores the next. */
  async #push(rows: readonly FallbackRow[]): Promise<number> {
    let stored = 0;
    let marking = Promise.resolve();
    try {
      for (const part of partsOf(rows)) {
        const told = await this.#tellRedis(part);
        stored += told.stored;
        await marking;
        marking = this.#options.rows.markPushed(told.ids, told.epoch);
        // It is awaited later: until then its failure must not count as unhandled, which would end the process.
        marking.catch(() => {});
      }
    } finally {
      await marking;
    }
    return stored;
  }

  /** The ids that Redis holds now. Rows that Redis refuses or holds with other content are not changed, and are tried again later. */
  async #tellRedis(
    rows: readonly FallbackRow[],
  ): Promise<{ ids: string[]; stored: number; epoch: string | undefined }> {
    const items = rows.map((row) => row.item);
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
      ids: rows.filter((_, index) => holds(answers[index])).map(idOf),
      stored: answers.filter((answer) => answer === 'stored').length,
      // Read now: a later claim may see a new epoch, in which Redis has lost these.
      epoch: redis.epoch,
    };
  }
}

/** At least two parts where there are two rows, each of a bounded size. */
function partsOf(rows: readonly FallbackRow[]): FallbackRow[][] {
  const most = Math.ceil(rows.length / 2);
  const parts: FallbackRow[][] = [];
  let bytes = 0;
  for (const row of rows) {
    const size = Buffer.byteLength(row.item.envelope.payload);
    const part = parts.at(-1);
    if (part === undefined || part.length === most || bytes + size > PUSH_BYTES) {
      parts.push([row]);
      bytes = size;
    } else {
      part.push(row);
      bytes += size;
    }
  }
  return parts;
}

function idOf({ item }: FallbackRow): string {
  return item.envelope.id;
}
