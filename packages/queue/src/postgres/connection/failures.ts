import { HandlerError } from '../../contract/failures.ts';
import { DeadlineError } from '../../util/deadline.ts';

/** The SQLSTATE of an error, through Drizzle's wrapping, or `undefined` if the server did not answer. */
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

/** By its properties: a caller's pool may be of another copy of pg, with its own class. */
function isFromServer(error: Error): error is Error & { readonly code: string } {
  return 'severity' in error && 'code' in error && typeof error.code === 'string';
}

/**
 * Whether a failed write certainly did not happen: the server said so, or was never reached. After a connection that broke in
 * between, it is unknown.
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

/** SQLSTATE classes and codes that describe the store, and not what was written: documented in PostgreSQL, appendix A. */
const STORE_STATES = [
  /^08/, // connection exception
  /^53/, // out of disk, memory or connections
  /^57P/, // shutting down, crashed, starting up
  /^58/, // I/O errors
  /^25006$/, // read-only, as after a failover (`isReadOnly`)
  /^25P03$/, // idle in transaction for too long
  /^40001$|^40P01$/, // serialization failure, deadlock: the same again succeeds
  /^55P03$/, // a lock could not be had in time
  /^26000$|^42P05$/, // a pooler mixes up our prepared statements: the next run goes without (`statement.ts`)
  /^28|^3D000$/, // credentials or database are wrong: an operator's doing, not a submission's
];

/**
 * Whether a failure is the store's and not the submission's, so that no attempt is counted. `fromHandler`: a handler threw it. Then
 * only errors that Postgres itself reported count: a handler's network errors are its own.
 */
export function isStoreFailure(error: unknown, fromHandler: boolean): boolean {
  const state = sqlState(error);
  if (state !== undefined) return STORE_STATES.some((pattern) => pattern.test(state));
  if (!fromHandler) return true;
  return isBrokenConnection(error);
}

/** Postgres answers, and takes no writes: a standby, or `default_transaction_read_only`. */
export function isReadOnly(error: unknown): boolean {
  return sqlState(error) === '25006';
}

/** Another transaction held a lock for longer than this one waits. Nothing happened. */
export function isLockTimeout(error: unknown): boolean {
  return !(error instanceof HandlerError) && sqlState(error) === '55P03';
}

/**
 * The queue's own tables or columns are not there yet, or its role has no right to them. This does not apply to a handler's own
 * tables.
 */
const NOT_PREPARED = /^42(P01|501|703)$/;

/** A failure of the queue's own statements that no submission can cause. */
export function isOwnFailure(error: unknown): boolean {
  // An error that the queue itself threw is a bug, and not Postgres' failure.
  if (error instanceof RangeError || error instanceof TypeError) return false;
  return isStoreFailure(error, false) || NOT_PREPARED.test(sqlState(error) ?? '');
}

/** Rolled back by another transaction, or because of a statement's name: the next try succeeds. */
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
