/**
 * Settles like the promise of `begin`, or rejects with the signal's reason once the signal is aborted. If it is aborted before,
 * `begin` is not called. A late rejection is not left unhandled.
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
