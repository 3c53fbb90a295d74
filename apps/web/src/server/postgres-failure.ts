/** Nothing listens there, or the machine is gone; a server that starts or stops (57P03). Not a server that is slow or has no connection left. */
const REFUSED = new Set(['ECONNREFUSED', 'ENOENT', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', '57P03']);
/** The connection ended while the statement was under way: what the server is now, the next one finds out. */
const LOST = new Set(['ECONNRESET', 'EPIPE', '57P01', '57P02']);
const LOST_MESSAGE = 'Connection terminated unexpectedly';
const MAX_CAUSES = 10;

/** Whether this failure shows that Postgres is not there. */
export function isRefused(error: unknown): boolean {
  return causesOf(error).some(({ code }) => REFUSED.has(String(code)));
}

/** Whether a connection was lost, which shows nothing of the server's present state. */
export function isLost(error: unknown): boolean {
  return causesOf(error).some(({ code, message }) => LOST.has(String(code)) || message === LOST_MESSAGE);
}

interface Cause {
  readonly code?: unknown;
  readonly message: string;
}

/** The error and what it was caused by: libraries wrap the driver's error. */
function causesOf(error: unknown): Cause[] {
  const causes: Cause[] = [];
  for (let cause = error; cause instanceof Error && causes.length < MAX_CAUSES; cause = cause.cause) {
    causes.push(cause);
  }
  return causes;
}
