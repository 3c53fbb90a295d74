import { HandlerError } from '../../contract/failures.ts';
import { DeadlineError } from '../../util/deadline.ts';

/** The SQLSTATE behind an error, through Drizzle's wrapping, or `undefined` where the server never answered. */
export function sqlState(error: unknown): string | undefined {
  for (
    let depth = 0, current = error;
    depth < 5 && current instanceof Error;
    depth += 1, current = current.cause
  ) {
    if (isFromServer(current)) return current.code;
  }
  return undefined;
}

/** By its looks: a pool of the caller's may be another copy of pg than ours, with a class of its own. */
function isFromServer(error: Error): error is Error & { readonly code: string } {
  return 'severity' in error && 'code' in error && typeof error.code === 'string';
}

/**
 * Whether a failed write certainly did not happen: the server said so, or it was never reached.
 * A connection that broke in between leaves it open.
 */
export function wasRefused(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== undefined) return !OPEN_STATES.test(state);
  return isConnectFailure(error);
}

/** Connection lost, server crashing, outcome unknown: these may come after a commit. */
const OPEN_STATES = /^(08|57P0[12]|40003)/;

/** The connection was never made, so nothing was sent. */
function isConnectFailure(error: unknown): boolean {
  for (
    let depth = 0, current = error;
    depth < 5 && current instanceof Error;
    depth += 1, current = current.cause
  ) {
    const code: unknown = Reflect.get(current, 'code');
    if (code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'EAI_AGAIN' || code === 'EHOSTUNREACH')
      return true;
    if (current.message.includes('timeout exceeded when trying to connect')) return true;
  }
  return false;
}

/** SQLSTATE classes and codes that speak of the store, not of what was written: documented in PostgreSQL, appendix A. */
const STORE_STATES = [
  /^08/, // connection exception
  /^53/, // out of disk, memory or connections
  /^57P/, // shutting down, crashed, starting up
  /^58/, // I/O errors
  /^25006$/, // read-only, as after a failover
  /^25P03$/, // idle in transaction for too long
  /^40001$|^40P01$/, // serialization failure, deadlock: the same again succeeds
  /^55P03$/, // a lock could not be had in time
  /^26000$|^42P05$/, // a pooler mixes up our prepared statements: the next run goes without (`statement.ts`)
  /^28|^3D000$/, // credentials or database are wrong: an operator's doing, not a submission's
];

/**
 * Whether a failure is the store's rather than the submission's, so that it must burn no attempt.
 * `fromHandler`: thrown by a handler, where only what Postgres itself reported counts - a handler's own network
 * errors are its own.
 */
export function isStoreFailure(error: unknown, fromHandler: boolean): boolean {
  const state = sqlState(error);
  if (state !== undefined) return STORE_STATES.some((pattern) => pattern.test(state));
  if (!fromHandler) return true;
  return isBrokenConnection(error);
}

/** Another transaction held a lock for longer than was waited for. Nothing happened. */
export function isLockTimeout(error: unknown): boolean {
  return !(error instanceof HandlerError) && sqlState(error) === '55P03';
}

/** The queue's own tables or columns are not there yet, or its role has no right to them. A handler's are its own affair. */
const NOT_PREPARED = /^42(P01|501|703)$/;

/** A failure of our own statements that no submission can be blamed for. */
export function isOwnFailure(error: unknown): boolean {
  // What the queue threw itself is a fault of its own, not Postgres'.
  if (error instanceof RangeError || error instanceof TypeError) return false;
  return isStoreFailure(error, false) || NOT_PREPARED.test(sqlState(error) ?? '');
}

/** Rolled back by a rival transaction, or over a name: the same again succeeds. */
export function isTransient(error: unknown): boolean {
  return ['40001', '40P01', '55P03', '26000', '42P05'].includes(sqlState(error) ?? '');
}

/** pg reports these without a code (brianc/node-postgres#3399); only its own client says them. */
function isBrokenConnection(error: unknown): boolean {
  for (
    let depth = 0, current = error;
    depth < 5 && current instanceof Error;
    depth += 1, current = current.cause
  ) {
    if (current instanceof DeadlineError) return true;
    if (
      /^(Connection terminated|Client has encountered a connection error|Query read timeout|Client was closed)/.test(
        current.message,
      )
    )
      return true;
  }
  return false;
}
