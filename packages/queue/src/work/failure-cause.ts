import { HandlerError, LockTimeout, StoreFailure } from '../contract/failures.ts';
import { errorText, toError } from '../util/error-text.ts';

export function asStoreFailure(cause: unknown): StoreFailure {
  return cause instanceof StoreFailure ? cause : new StoreFailure(errorText(cause), cause);
}

/** `undefined` where another transaction holds what is given back: it ends with its lease then. */
export function failureUnlessLocked(cause: unknown): StoreFailure | undefined {
  return cause instanceof LockTimeout ? undefined : asStoreFailure(cause);
}

export function throwStoreFailure(cause: unknown): never {
  throw asStoreFailure(cause);
}

/** What failed an attempt. `isStoreLike`: it looks like a failure of the store, but the store takes writes. */
export interface FailureCause {
  readonly cause: Error;
  readonly isStoreLike: boolean;
}

/**
 * Whose failure it was. Throws `StoreFailure` where it was the store's: where it looks like that, and `probe`, a real write, fails too.
 * Otherwise it is the submissions', whatever it looks like: a handler can bring about any of the store's errors, and would be repeated
 * without end.
 */
export async function findCause(error: unknown, probe: () => Promise<void>): Promise<FailureCause> {
  const isWrapped = error instanceof StoreFailure || error instanceof HandlerError;
  const cause = toError(isWrapped ? error.cause : error);
  const isStoreLike = error instanceof StoreFailure || (error instanceof HandlerError && error.isStoreLike);
  if (isStoreLike) await probe().catch(() => throwStoreFailure(cause));
  return { cause, isStoreLike };
}
