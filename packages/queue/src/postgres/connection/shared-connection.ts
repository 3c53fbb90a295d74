import type { Pool, PoolClient } from 'pg';
import { quickBatchMs } from '../../util/batch-time.ts';
import { HeldConnection } from './held-connection.ts';

/** Nobody joins a connection that has not answered for so long, ms: what keeps it waiting would keep him waiting, too. */
const QUIET_MS = 15;
/** It is given back after this time, ms: others wait for the pool, and the pool may want it to end. */
const SHARED_MS = 250;
/** Whoever has joined and has no answer by then gives up, ms: in time to ask again on a connection of his own. */
const ANSWER_MS = 500;

interface Sharing {
  readonly held: HeldConnection;
  readonly sinceMs: number;
  heardMs: number;
  users: number;
}

/**
 * A connection for whoever comes while it is in use and answers quickly: a statement is sent while Postgres is at the one before,
 * so that its process need not fall asleep and be woken for each (docs/performance.md). Only for statements that wait for no
 * lock, since who waits holds up all behind. In pools that are not in pipeline mode, and where a commit waits for its disk,
 * each has a connection to itself.
 */
export class SharedConnection {
  readonly #pool: Pool;
  /** Have answered before: a statement that cannot even be parsed would take along whoever is behind it. */
  readonly #proven = new WeakSet<PoolClient>();
  #sharing: Sharing | undefined;
  /** The last statement was answered as quickly as it is where nothing waits for a disk. */
  #isQuick = false;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** Runs `work`, one statement about so many rows, and settles by the deadline. Rejects as `withConnection` does. */
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
