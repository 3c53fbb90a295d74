import { Duplex } from 'node:stream';
import type { Pool, PoolClient } from 'pg';
import { DeadlineError } from '../../util/deadline.ts';
import { toError } from '../../util/error-text.ts';
import { AbandonedStatements, AbandonedStatementsError } from './abandoned.ts';
import { isStoreFailure, sqlState } from './failures.ts';
import { dropServerOptions } from './server-options.ts';

/** Asking Postgres which statements still run takes no longer, in ms: the answer waits for no lock. */
const CHECK_DEADLINE_MS = 1_000;

/**
 * A connection that is taken from a pool. If it breaks, it is destroyed instead of returned: its statement may still be running,
 * and its reply must reach no other caller.
 */
export class HeldConnection {
  readonly client: PoolClient;
  readonly #running = new Set<(error: Error) => void>();
  readonly #abandoned: AbandonedStatements | undefined;
  #broken: Error | undefined;
  #isRetired = false;

  private constructor(client: PoolClient, abandoned?: AbandonedStatements) {
    this.client = client;
    this.#abandoned = abandoned;
    client.on('error', this.breakOff);
  }

  /**
   * Rejects with `DeadlineError` if the pool has no free connection within that time, with `AbandonedStatementsError` if as many
   * statements as the pool has connections were given up and still run, else with the error of connecting.
   */
  static async acquire(pool: Pool, deadlineMs: number): Promise<HeldConnection> {
    const abandoned = AbandonedStatements.of(pool);
    // Without an answer, they count as running.
    if (abandoned.count >= pool.options.max) await HeldConnection.checkAbandoned(pool).catch(() => {});
    if (abandoned.count >= pool.options.max) throw new AbandonedStatementsError(abandoned.count);
    const client = await connectWithin(pool, deadlineMs);
    // While this call waited for a connection, others may have been given up.
    if (abandoned.count < pool.options.max) return new HeldConnection(client, abandoned);
    client.release();
    throw new AbandonedStatementsError(abandoned.count);
  }

  /** Asks Postgres which abandoned statements still run, and forgets the others. Rejects if it does not answer. */
  static checkAbandoned(pool: Pool): Promise<void> {
    return AbandonedStatements.of(pool).check(async (text, values) => {
      const held = new HeldConnection(await connectWithin(pool, CHECK_DEADLINE_MS));
      const ask = (client: PoolClient) => client.query<{ pid: number }>(text, [...values]);
      return held
        .run(ask, CHECK_DEADLINE_MS)
        .then(({ rows }) => rows)
        .finally(() => held.release());
    });
  }

  get broken(): boolean {
    return this.#broken !== undefined;
  }

  /**
   * Settles as `work` does, or rejects when the connection breaks. After an error of the store itself, the connection is not used
   * again; other calls on it still get their answers. `deadlineMs`: waits no longer, with the same consequence.
   */
  async run<T>(work: (client: PoolClient) => Promise<T>, deadlineMs?: number): Promise<T> {
    if (this.#broken) throw this.#broken;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#running.add(reject);
    const timer = deadlineMs && setTimeout(() => reject(new DeadlineError(deadlineMs)), deadlineMs);
    try {
      work(this.client).then(resolve, reject);
      return await promise;
    } catch (error) {
      if (sqlState(error) === undefined || isStoreFailure(error, true)) this.#broken ??= toError(error);
      throw error;
    } finally {
      clearTimeout(timer);
      this.#running.delete(reject);
    }
  }

  /** All calls on it reject now. What they have sent may still happen. */
  readonly breakOff = (error: Error): void => {
    this.#broken ??= error;
    for (const reject of this.#running) reject(error);
  };

  /** It is closed instead of returned to its pool. */
  retire(): void {
    this.#isRetired = true;
  }

  /** Returns it to the pool, or destroys it if it is broken. */
  release(): void {
    this.client.off('error', this.breakOff);
    if (this.#broken instanceof DeadlineError) this.#abandoned?.add(this.client);
    if (this.#broken) cutOff(this.client);
    this.client.release(this.#broken ?? this.#isRetired);
  }
}

/** Ends the connection now. pg itself waits for the statements of a pipelined one, and those may be what hangs. */
function cutOff(client: PoolClient): void {
  const connection: unknown = Reflect.get(client, 'connection');
  const stream: unknown = connection instanceof Object ? Reflect.get(connection, 'stream') : undefined;
  if (stream instanceof Duplex) stream.destroy();
}

async function connectWithin(pool: Pool, deadlineMs: number): Promise<PoolClient> {
  let late = false;
  const connecting = pool.connect().catch((error: unknown) => {
    if (dropServerOptions(pool, error)) return pool.connect();
    throw error;
  });
  const timer = new Promise<never>((_, reject) => {
    const handle = setTimeout(() => {
      late = true;
      reject(new DeadlineError(deadlineMs));
    }, deadlineMs);
    connecting.finally(() => clearTimeout(handle)).catch(() => {});
  });
  connecting.then(
    (client) => {
      if (late) client.release();
    },
    () => {},
  );
  return Promise.race([connecting, timer]);
}
