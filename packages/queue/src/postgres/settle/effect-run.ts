import { StatementNotAwaitedError } from '../../contract/errors.ts';
import { HandlerError } from '../../contract/failures.ts';
import { errorText } from '../../util/error-text.ts';
import { isOwnFailure, isStoreFailure, isTooSlow, sqlState } from '../connection/failures.ts';
import { TransactionEndedError } from './guard.ts';

const TOO_SLOW_REMEDY =
  ' Make the handler faster or `batchSize` smaller, or raise the timeouts of Postgres that end its connection.';

/** One run of a handler within a settling transaction, and whose failure it was where that transaction failed. */
export class EffectRun {
  readonly #lost = new AbortController();
  #running: Promise<void> | undefined;
  #isOver = false;
  #thrown: { readonly error: unknown } | undefined;

  /** `lost` aborts when the connection has ended: nothing of this run will be kept. */
  begin(handle: (lost: AbortSignal) => Promise<void>): Promise<void> {
    this.#running = this.#run(handle);
    return this.#running;
  }

  /**
   * The error of the transaction, as a `HandlerError` once the handler has begun. A handler whose connection has ended still runs: it
   * is told, and waited for, so that it does not run a second time beside itself.
   */
  async judge(error: unknown): Promise<unknown> {
    if (this.#running === undefined) return error;
    if (!this.#isOver) {
      const ended = new ConnectionEndedError(error);
      this.#lost.abort(ended);
      await this.#running.catch(() => {});
      return new HandlerError(ended, !isTooSlow(error));
    }
    if (this.#thrown) return new HandlerError(this.#thrown.error, isStoreFailure(this.#thrown.error, true));
    return new HandlerError(error, isOwnFailure(error) && !isHandlersFault(error));
  }

  async #run(handle: (lost: AbortSignal) => Promise<void>): Promise<void> {
    try {
      await handle(this.#lost.signal);
    } catch (error) {
      this.#thrown = { error };
      throw error;
    } finally {
      this.#isOver = true;
    }
  }
}

/** Only a handler can bring these about. */
function isHandlersFault(error: unknown): boolean {
  return error instanceof TransactionEndedError || error instanceof StatementNotAwaitedError;
}

/** pg says why the connection has ended only in the client's `error` event; the handler's next statement does not. */
class ConnectionEndedError extends Error {
  constructor(cause: unknown) {
    const state = sqlState(cause);
    super(
      `The connection ended while the handler ran${state ? ` (${state})` : ''}: ${errorText(cause)}.${isTooSlow(cause) ? TOO_SLOW_REMEDY : ''}`,
      { cause },
    );
    this.name = 'ConnectionEndedError';
  }
}
