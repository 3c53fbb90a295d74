import { Duplex } from 'node:stream';
import type { Pool, PoolClient } from 'pg';
import { DeadlineError } from '../../util/deadline.ts';
import { toError } from '../../util/error-text.ts';
import { isStoreFailure, sqlState } from './failures.ts';

/**
 * A connection that is taken from a pool. If it breaks, it is destroyed instead of returned: its statement may still be running,
 * and its reply must reach no other caller.
 */
export class HeldConnection {
  readonly client: PoolClient;
  readonly #running = new Set<(error: Error) => void>();
  readonly #lost = new AbortController();
  #broken: Error | undefined;
  #isRetired = false;

  private constructor(client: PoolClient) {
    this.client = client;
    client.on('error', this.breakOff);
  }

  /** Rejects with `DeadlineError` if the pool has no free connection within that time, else with the error of connecting. */
  static async acquire(pool: Pool, deadlineMs: number): Promise<HeldConnection> {
    return new HeldConnection(await connectWithin(pool, deadlineMs));
  }

  get broken(): boolean {
    return this.#broken !== undefined;
  }

  /** Aborts when the connection breaks while it is held. */
  get lost(): AbortSignal {
    return this.#lost.signal;
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
    this.#lost.abort(error);
  };

  /** It is closed instead of returned to its pool. */
  retire(): void {
    this.#isRetired = true;
  }

  /** Returns it to the pool, or destroys it if it is broken. */
  release(): void {
    this.client.off('error', this.breakOff);
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
  const connecting = pool.connect();
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
