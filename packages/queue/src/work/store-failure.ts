import { errorText, toError } from '../util/error-text.ts';
import { isStoreFailure, sqlState } from '../postgres/connection/failures.ts';
import { HandlerError } from '../postgres/settle/settle.ts';

/** Thrown where a store failed under an attempt: the claims go back, and the attempt does not count. */
export class StoreTrouble extends Error {
  constructor(cause: unknown) {
    super(errorText(cause), { cause });
    this.name = 'StoreTrouble';
  }
}

export function asTrouble(cause: unknown): StoreTrouble {
  return cause instanceof StoreTrouble ? cause : new StoreTrouble(cause);
}

export function throwTrouble(cause: unknown): never {
  throw asTrouble(cause);
}

/** The queue's own tables or columns are not there yet, or its role has no right to them. A handler's are its own affair. */
const NOT_PREPARED = /^42(P01|501|703)$/;

/** A failure of our own statements that no submission can be blamed for. */
export function isStoresOwn(error: unknown): boolean {
  // What the queue threw itself is a fault of its own, not Postgres'.
  if (error instanceof RangeError || error instanceof TypeError) return false;
  return isStoreFailure(error, false) || NOT_PREPARED.test(sqlState(error) ?? '');
}

/** What failed an attempt. `storeLike`: it looks like a store's failure, but the store takes writes. */
export interface Verdict {
  readonly cause: Error;
  readonly storeLike: boolean;
}

/**
 * Whose failure it was. Throws `StoreTrouble` where it was the store's. A handler can bring a store's errors about by
 * itself - a limit that only its statement exceeds, another database of its own - and would then stop the worker for
 * ever: so where Postgres takes writes, it is not believed.
 */
export async function judge(error: unknown, probe: () => Promise<void>): Promise<Verdict> {
  if (!(error instanceof HandlerError)) {
    if (isStoresOwn(error)) throw asTrouble(error);
    return { cause: toError(error), storeLike: false };
  }
  const storeLike = isStoreFailure(error.cause, true);
  if (storeLike) await probe().catch(() => throwTrouble(error.cause));
  return { cause: toError(error.cause), storeLike };
}
