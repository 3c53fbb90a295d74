import { Notifier } from './notifier.ts';

/** Waiters look again this often, should a notification have gone to another, ms. */
const LOOK_AGAIN_MS = 1_000;

/** What people switch off and on again. On at first; nobody waits at one that is stopped. */
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

  /** Resolves when it is on, or stopped. */
  async pass(): Promise<void> {
    while (this.#isPaused && !this.#isStopped) await this.#turned.wait(LOOK_AGAIN_MS);
  }

  stop(): void {
    this.#isStopped = true;
    this.#turned.close();
  }
}
