const LIMIT_MS = 120_000;

/** Measures how long a number of jobs takes: from the first that is handled until the last. */
export class Countdown {
  #left: number;
  #startedMs: number | undefined;
  readonly #ended = Promise.withResolvers<number>();
  readonly #limit: NodeJS.Timeout;

  constructor(count: number) {
    this.#left = count;
    this.#limit = setTimeout(
      () => this.#ended.reject(new Error(`${this.#left} of ${count} jobs were not done in ${LIMIT_MS} ms`)),
      LIMIT_MS,
    );
  }

  /** The first of them is being handled. */
  begin(): void {
    this.#startedMs ??= performance.now();
  }

  /** Counts this many as done. */
  done(count: number): void {
    this.begin();
    this.#left -= count;
    if (this.#left > 0) return;
    clearTimeout(this.#limit);
    this.#ended.resolve(performance.now() - (this.#startedMs ?? 0));
  }

  /** The time from `begin` to the last, in ms. */
  get tookMs(): Promise<number> {
    return this.#ended.promise;
  }
}
