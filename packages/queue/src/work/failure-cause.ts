import { HandlerError, StoreFailure } from '../contract/failures.ts';
import { errorText, toError } from '../util/error-text.ts';

export function asStoreFailure(cause: unknown): StoreFailure {
  return cause instanceof StoreFailure ? cause : new StoreFailure(errorText(cause), cause);
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
 * Whose failure it was. Throws `StoreFailure` where it was the store's. A handler can bring about a store's errors by itself - a limit
 * that only its statement exceeds, another database of its own - and would then stop the worker for good: so it counts as the store's
 * only where `probe`, a real write, fails too.
 */
export async function findCause(error: unknown, probe: () => Promise<void>): Promise<FailureCause> {
  if (error instanceof StoreFailure) throw error;
  if (!(error instanceof HandlerError)) return { cause: toError(error), isStoreLike: false };
  const { cause, isStoreLike } = error;
  if (isStoreLike) await probe().catch(() => throwStoreFailure(cause));
  return { cause: toError(cause), isStoreLike };
}
