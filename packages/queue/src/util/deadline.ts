/** The other side did not answer in time. What was asked may still happen. */
export class DeadlineError extends Error {
  constructor(ms: number) {
    super(`No answer within ${Math.round(ms)} ms`);
    this.name = 'DeadlineError';
  }
}

/** Settles like `promise`, or rejects with `late` after `ms`. A late rejection is not left unhandled. */
export function withTimeout<T>(ms: number, promise: Promise<T>, late?: Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late ?? new DeadlineError(ms)), ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
