/**
 * Settles like what `begin` begins, or rejects with the signal's reason once that is aborted: then nothing is begun, or nobody waits
 * for it any more. A late rejection is not left unhandled.
 */
export async function abortable<T>(signal: AbortSignal | undefined, begin: () => Promise<T>): Promise<T> {
  if (signal === undefined) return begin();
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  begin().then(resolve, reject);
  return promise.finally(() => signal.removeEventListener('abort', abort));
}
