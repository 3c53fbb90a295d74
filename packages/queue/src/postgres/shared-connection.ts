import type { Pool, PoolClient } from 'pg';
import { DeadlineError } from '../deadline.ts';
import { HeldConnection } from './held-connection.ts';

interface Sharing {
  readonly taking: Promise<HeldConnection>;
  users: number;
}

/**
 * One connection for whoever comes while it is in use: a statement is sent while Postgres is at the one before, so that its
 * process need not fall asleep and be woken for each (docs/performance.md). Only for statements that wait for no lock: who
 * waits holds up all behind, and what breaks it for one breaks it for all.
 */
export class SharedConnection {
  readonly #pool: Pool;
  #sharing: Sharing | undefined;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** Runs `work`, one statement, and settles by the deadline. Rejects as `withConnection` does. */
  async run<T>(deadlineMs: number, work: (client: PoolClient) => Promise<T>): Promise<T> {
    const startedMs = performance.now();
    const sharing = (this.#sharing ??= { taking: HeldConnection.take(this.#pool, deadlineMs), users: 0 });
    sharing.users += 1;
    let timer: NodeJS.Timeout | undefined;
    let held: HeldConnection | undefined;
    try {
      held = await sharing.taking;
      const { breakOff } = held;
      const leftMs = Math.max(1, deadlineMs - (performance.now() - startedMs));
      timer = setTimeout(() => breakOff(new DeadlineError(deadlineMs)), leftMs);
      return await held.run(work);
    } finally {
      clearTimeout(timer);
      this.#leave(sharing, held);
    }
  }

  #leave(sharing: Sharing, held: HeldConnection | undefined): void {
    sharing.users -= 1;
    const isOver = sharing.users === 0 || held === undefined || held.broken;
    if (isOver && this.#sharing === sharing) this.#sharing = undefined;
    if (sharing.users === 0) held?.giveBack();
  }
}
