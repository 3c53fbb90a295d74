/* The failures of the ledger's calls, for any store: the work path distinguishes them by class, and knows no code of Postgres. */

/** The store failed under an attempt: the claims go back, and the attempt does not count. */
export class StoreFailure extends Error {
  constructor(message: string, cause: unknown) {
    super(message, { cause });
    this.name = 'StoreFailure';
  }
}

/** Another transaction holds the lock on the submissions to be settled for too long: its handler runs. Nothing happened here. */
export class LockTimeout extends Error {
  constructor(cause: unknown) {
    super('another transaction is settling the same', { cause });
    this.name = 'LockTimeout';
  }
}

/** An error that a handler threw inside the settling transaction, to distinguish it from errors of the transaction itself. */
export class HandlerError extends Error {
  /** The cause looks like a failure of the store. A handler can bring such errors about by itself. */
  readonly isStoreLike: boolean;

  constructor(cause: unknown, isStoreLike: boolean) {
    super('the handler failed', { cause });
    this.name = 'HandlerError';
    this.isStoreLike = isStoreLike;
  }
}
