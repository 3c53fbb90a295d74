/** Wakes waiting loops. A notification without a waiter is kept for the next one. */
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

  /** Wakes all waiters, and ends all later waits at once. */
  close(): void {
    this.#closed = true;
    this.notifyAll();
  }

  /** Resolves at a notification, at the latest after `ms`. Default: it waits for the notification. */
  wait(ms?: number): Promise<void> {
    if (this.#pending || this.#closed) {
      this.#pending = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        resolve();
      };
      const late = () => {
        this.#waiters.splice(this.#waiters.indexOf(done), 1);
        resolve();
      };
      const timer = ms === undefined ? undefined : setTimeout(late, ms);
      this.#waiters.push(done);
    });
  }
}
