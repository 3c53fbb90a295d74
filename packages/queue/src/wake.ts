import { BLOCK_SECONDS, KEY_PREFIX } from './redis/connection.ts';
import type { RedisClient } from './redis/connection.ts';
import { Signal } from './signal.ts';

/** After a failed wait, ms: whoever claims finds out what is wrong, and says so; here it is enough not to spin. */
const AFTER_FAILURE_MS = 1_000;

/** Waits for Redis' wake token on a connection of its own. The token is no submission: losing it loses nothing. */
export class WakeListener {
  readonly #client: RedisClient;
  readonly #key: string;
  readonly #onWake: () => void;
  readonly #pause = new Signal();
  #stopped = false;

  constructor(client: RedisClient, queue: string, onWake: () => void) {
    this.#client = client;
    this.#key = `${KEY_PREFIX}{${queue}}:wake`;
    this.#onWake = onWake;
  }

  /** Listens until stopped. */
  async run(): Promise<void> {
    while (!this.#stopped) {
      try {
        if (await this.#client.blpop(this.#key, BLOCK_SECONDS)) this.#onWake();
      } catch {
        await this.#pause.wait(AFTER_FAILURE_MS);
      }
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#pause.close();
    this.#client.disconnect();
  }
}
