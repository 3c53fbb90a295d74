import type { Pool, PoolClient } from 'pg';
import { quickBatchMs } from '../../util/batch-time.ts';
import { HeldConnection } from './held-connection.ts';

/** A call does not join a connection that has not answered for this long, ms: it would wait for the same reason. */
const QUIET_MS = 15;
/** After this time no call joins it any more, ms: other callers wait for the pool, and the pool may want to close it. */
const SHARED_MS = 250;
/** A call that has joined gives up after this time, ms: early enough to try again on a connection of its own. */
const ANSWER_MS = 500;

interface Sharing {
  readonly held: HeldConnection;
  readonly sinceMs: number;
  heardMs: number;
  users: number;
}

/**
 * A connection that calls share while it answers quickly: a statement is sent while Postgres runs the one before, so that its
 * process does not fall asleep and wake up for each (docs/performance.md). Only for statements that wait for no lock, since a
 * waiting one blocks all behind it. In pools without pipeline mode, and where a commit waits for its disk, each call has its own
 * connection.
 */
export class SharedConnection {
  readonly #pool: Pool;
  /** Connections that have answered before. On others, a statement that cannot be parsed would fail those behind it. */
  readonly #proven = new WeakSet<PoolClient>();
  #sharing: Sharing | undefined;
  /** The last statement was answered so quickly that it cannot have waited for a disk. */
  #isQuick = false;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** Runs `work`, which is one statement over `rows` rows, and settles by the deadline. Rejects as `withConnection` does. */
  async run<T>(deadlineMs: number, rows: number, work: (client: PoolClient) => Promise<T>): Promise<T> {
    const startedMs = performance.now();
    const joined = this.#join();
    const sharing = joined ?? (await this.#begin(deadlineMs));
    const deadlineAtMs = startedMs + (joined ? Math.min(deadlineMs, ANSWER_MS) : deadlineMs);
    try {
      const sentMs = performance.now();
      const result = await sharing.held.run(work, Math.max(1, deadlineAtMs - sentMs));
      const nowMs = performance.now();
      this.#isQuick = nowMs - Math.max(sentMs, sharing.heardMs) < quickBatchMs(rows);
      sharing.heardMs = nowMs;
      this.#proven.add(sharing.held.client);
      return result;
    } finally {
      this.#leave(sharing);
    }
  }

  #join(): Sharing | undefined {
    const sharing = this.#sharing;
    if (sharing === undefined || sharing.held.broken || !this.#isQuick) return undefined;
    if (!this.#pool.options.pipeline || !this.#proven.has(sharing.held.client)) return undefined;
    const nowMs = performance.now();
    if (nowMs - sharing.heardMs >= QUIET_MS || nowMs - sharing.sinceMs >= SHARED_MS) return undefined;
    sharing.users += 1;
    return sharing;
  }

  async #begin(deadlineMs: number): Promise<Sharing> {
    const held = await HeldConnection.acquire(this.#pool, deadlineMs);
    const nowMs = performance.now();
    this.#sharing = { held, sinceMs: nowMs, heardMs: nowMs, users: 1 };
    return this.#sharing;
  }

  #leave(sharing: Sharing): void {
    sharing.users -= 1;
    if (sharing.users > 0) return;
    if (this.#sharing === sharing) this.#sharing = undefined;
    sharing.held.release();
  }
}
