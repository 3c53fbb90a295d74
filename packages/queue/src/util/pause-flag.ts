import { Notifier } from './notifier.ts';

/** Waiters look again this often, should a notification have gone to another, ms. */
const LOOK_AGAIN_MS = 1_000;

/** What people switch off and on again. On at first; nobody waits at one that is stopped. */
export class PauseFlag {
  readonly #turned = new Notifier();
  #isOff = false;
  #isStopped = false;

  get isOff(): boolean {
    return this.#isOff;
  }

  /** True where that changed anything. */
  turn(to: 'on' | 'off'): boolean {
    const changes = this.#isOff !== (to === 'off');
    this.#isOff = to === 'off';
    if (!this.#isOff) this.#turned.notifyAll();
    return changes;
  }

  /** Resolves when it is on, or stopped. */
  async pass(): Promise<void> {
    while (this.#isOff && !this.#isStopped) await this.#turned.wait(LOOK_AGAIN_MS);
  }

  stop(): void {
    this.#isStopped = true;
    this.#turned.close();
  }
}
