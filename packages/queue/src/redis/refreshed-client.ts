import { Redis } from 'ioredis';
import type { RedisOptions } from 'ioredis';
import { withTimeout } from '../util/deadline.ts';
import { toError } from '../util/error-text.ts';

/** What reading the options may take, in ms. After that, the next try reads them again. */
const READ_TIMEOUT_MS = 5_000;

/** Options that the queue needs as they are. */
type OwnOptions = RedisOptions & {
  readonly replyMapping: 'legacy';
  readonly retryStrategy: (tries: number) => number;
};

/**
 * A connection that reads its options again each time it connects: a password that was changed, or a token that has run out, is
 * replaced then.
 */
export class RefreshedRedis extends Redis {
  readonly #read: () => Promise<RedisOptions>;
  readonly #delayMs: (tries: number) => number;
  #ended = false;

  /** `known`: what is known before the first read. It decides whether Sentinels are asked. */
  constructor(known: RedisOptions, own: OwnOptions, read: () => Promise<RedisOptions>) {
    super({ ...known, ...own, lazyConnect: true });
    this.#delayMs = own.retryStrategy;
    this.#read = async () => ({ ...(await read()), ...own });
    // As ioredis does: a failure is an event, and the next try follows.
    this.connect().catch(() => {});
  }

  override async connect(): Promise<void> {
    for (let tries = 1; !this.#ended; tries += 1) {
      try {
        Object.assign(this.options, await withTimeout(READ_TIMEOUT_MS, this.#read()));
        break;
      } catch (error) {
        if (this.listenerCount('error') > 0) this.emit('error', toError(error));
        await new Promise((resolve) => setTimeout(resolve, this.#delayMs(tries)).unref());
      }
    }
    if (!this.#ended) await super.connect();
  }

  override disconnect(reconnect = false): void {
    this.#ended ||= !reconnect;
    super.disconnect(reconnect);
  }
}
