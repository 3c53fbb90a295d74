import type { Pool, PoolClient } from 'pg';

/** A statement that runs is seen as `active`. One that has ended waits for its client, which has gone, and holds up nothing. */
const STILL_RUNNING = `SELECT pid FROM pg_stat_activity WHERE pid = ANY($1::int[]) AND state = 'active'`;

/** Behind a pooler this is the pooler's own number, which Postgres does not know; there the pooler limits the connections. */
export function pidOf(client: PoolClient): number | undefined {
  const pid: unknown = Reflect.get(client, 'processID');
  return typeof pid === 'number' ? pid : undefined;
}

/** Too many statements whose callers have given up still run in Postgres. Nothing was sent. */
export class AbandonedStatementsError extends Error {
  constructor(count: number) {
    super(
      `${count} statements of this process still wait in Postgres, for a lock or a standby. ` +
        `Find what they wait for: SELECT pid, pg_blocking_pids(pid), wait_event, query FROM pg_stat_activity WHERE application_name LIKE 'spillway %'`,
    );
    this.name = 'AbandonedStatementsError';
  }
}

/**
 * The statements of a pool whose callers have given up. Their connections are cut off, but Postgres may not notice: it looks while a
 * statement waits for a lock only if `client_connection_check_interval` is set, and never while a commit waits for a standby.
 * A commit must not be cancelled then: it would count as done without its standby. So the statements are counted, and at the pool's
 * limit no other one is sent.
 */
export class AbandonedStatements {
  static readonly #ofPools = new WeakMap<Pool, AbandonedStatements>();
  readonly #pids = new Set<number>();
  #checking: Promise<void> | undefined;

  static of(pool: Pool): AbandonedStatements {
    const known = this.#ofPools.get(pool) ?? new AbandonedStatements();
    this.#ofPools.set(pool, known);
    return known;
  }

  get count(): number {
    return this.#pids.size;
  }

  has(pid: number | undefined): boolean {
    return pid !== undefined && this.#pids.has(pid);
  }

  add(client: PoolClient): void {
    const pid = pidOf(client);
    if (pid !== undefined) this.#pids.add(pid);
  }

  /** Asks Postgres which of them still run. Rejects if it does not answer. */
  check(
    run: (text: string, values: readonly unknown[]) => Promise<readonly { pid: number }[]>,
  ): Promise<void> {
    this.#checking ??= this.#check(run).finally(() => (this.#checking = undefined));
    return this.#checking;
  }

  async #check(run: Parameters<AbandonedStatements['check']>[0]): Promise<void> {
    const asked = [...this.#pids];
    if (asked.length === 0) return;
    const running = new Set((await run(STILL_RUNNING, [asked])).map(({ pid }) => pid));
    for (const pid of asked) if (!running.has(pid)) this.#pids.delete(pid);
  }
}
