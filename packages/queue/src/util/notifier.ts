/** Wakes waiting loops. A notification that finds nobody waiting is kept for the next who comes. */
export class Notifier {
  #pending = false;
  #closed = false;
  readonly #waiters: (() => void)[] = [];

  /** Wakes one waiter. */
  notify(): void {
    const waiter = this.#waiters.shift();
    if (waiter) waiter();
    else this.#pending = true;
  }

  /** Wakes all who wait now. */
  notifyAll(): void {
    for (const waiter of this.#waiters.splice(0)) waiter();
  }

  /** Wakes all, now and from here on: nobody waits any more. */
  close(): void {
    this.#closed = true;
    this.notifyAll();
  }

  /** Resolves at a notification, at the latest after `ms`. */
  wait(ms: number): Promise<void> {
    if (this.#pending || this.#closed) {
      this.#pending = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#waiters.splice(this.#waiters.indexOf(done), 1);
        resolve();
      }, ms);
      this.#waiters.push(done);
    });
  }
}
