/* How the ledger's calls fail, whichever store it is: work tells them apart by class, and knows no code of Postgres. */

/** The store failed under an attempt: the claims go back, and the attempt does not count. */
export class StoreFailure extends Error {
  constructor(message: string, cause: unknown) {
    super(message, { cause });
    this.name = 'StoreFailure';
  }
}

/** Another transaction holds what is to be settled, and takes its time: its handler runs. Nothing happened here. */
export class LockTimeout extends Error {
  constructor(cause: unknown) {
    super('another transaction is settling the same', { cause });
    this.name = 'LockTimeout';
  }
}

/** A batch failed once its handler had begun: the handler threw, its connection ended, or what it did could not be settled. */
export class HandlerError extends Error {
  /** The cause looks like a failure of the store. A handler can bring such errors about by itself. */
  readonly isStoreLike: boolean;

  constructor(cause: unknown, isStoreLike: boolean) {
    super('the handler failed', { cause });
    this.name = 'HandlerError';
    this.isStoreLike = isStoreLike;
  }
}

/** Why the signal of a handler was aborted. It may run on: what it does from then on takes no effect in Postgres. */
export class HandlerAbortedError extends Error {
  override readonly name: string = 'HandlerAbortedError';
}

/** A handler, or a schema, was still running when its time was over. */
export class TimeLimitError extends HandlerAbortedError {
  override readonly name = 'TimeLimitError';

  constructor(what: 'handler' | 'schema', timeoutMs: number) {
    super(`The ${what} did not end within ${timeoutMs} ms (timeoutMs).`);
  }
}
