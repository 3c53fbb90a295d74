import { Notifier } from './notifier.ts';

/** Waiters check again this often, in case a notification went to another one, ms. */
const LOOK_AGAIN_MS = 1_000;

/** A flag that an operator pauses and resumes. It begins as not paused; after a stop, all waits end. */
export class PauseFlag {
  readonly #turned = new Notifier();
  #isPaused = false;
  #isStopped = false;

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** True where that changed anything. */
  turn(to: 'on' | 'off'): boolean {
    const changes = this.#isPaused !== (to === 'off');
    this.#isPaused = to === 'off';
    if (!this.#isPaused) this.#turned.notifyAll();
    return changes;
  }

  /** Resolves when it is not paused, or is stopped. */
  async pass(): Promise<void> {
    while (this.#isPaused && !this.#isStopped) await this.#turned.wait(LOOK_AGAIN_MS);
  }

  stop(): void {
    this.#isStopped = true;
    this.#turned.close();
  }
}
