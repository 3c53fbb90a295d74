/** Of the network, before or after a connection was made. */
const NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ETIMEDOUT',
  'EPIPE',
]);
/** SQLSTATE: connections, resources, shutdown, system errors, a server that only reads. */
const STORE_STATE = /^(08...|53...|57P..|58...|25006)$/;
/** pg and its pool say these without a code. */
const SAID =
  /^(timeout exceeded when trying to connect|Connection terminated|Client has encountered a connection error|Query read timeout)/;
const MAX_CAUSES = 5;

/** Whether Postgres was away, or had no connection left, when this was asked of it: nothing is wrong with what was asked. */
export function isStoreAway(error: unknown): boolean {
  for (
    let depth = 0, current = error;
    depth < MAX_CAUSES && current instanceof Error;
    depth += 1, current = current.cause
  ) {
    const code: unknown = Reflect.get(current, 'code');
    if (typeof code === 'string' && (NETWORK.has(code) || STORE_STATE.test(code))) return true;
    if (SAID.test(current.message)) return true;
  }
  return false;
}
