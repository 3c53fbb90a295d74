import type { Report } from '../contract/events.ts';
import type { ResolvedWorkerOptions } from '../contract/worker-options.ts';
import type { Claim, ClaimOptions, FastStoreConnection, Store } from '../contract/store.ts';
import { errorText, toError } from '../util/error-text.ts';
import { Notifier } from '../util/notifier.ts';
import type { PauseFlag } from '../util/pause-flag.ts';
import type { ClaimedBatch, ClaimSource } from './claim-source.ts';
import type { Executor } from './executor.ts';
import type { HeldClaims } from './held-claims.ts';
import { heldOf } from './lease.ts';
import type { WriteGate } from './write-gate.ts';

/** Without Redis there is no wake-up; looking this often costs Postgres little, ms. */
export const POSTGRES_POLL_MS = 200;

export interface WorkerLoopOptions {
  readonly worker: ResolvedWorkerOptions;
  readonly source: ClaimSource;
  readonly redis: FastStoreConnection | undefined;
  readonly gate: WriteGate;
  readonly pause: PauseFlag;
  readonly executor: Executor;
  readonly held: HeldClaims;
  /** What waits in Postgres cannot get into Redis, so that an idle worker claims it from there. */
  readonly isRedisBlocked: () => boolean;
  /** Postgres failed under the worker. */
  readonly storeFailed: (error: Error) => void;
  readonly report: Report;
}

/** The slots of a worker: each claims a batch, executes it, and waits while no work is there. */
export class WorkerLoop {
  readonly #options: WorkerLoopOptions;
  readonly #work = new Notifier();
  /** Ends the pause between two looks when the worker stops. */
  readonly #stop = new Notifier();
  #stopping = false;

  constructor(options: WorkerLoopOptions) {
    this.#options = options;
  }

  /** All slots, until they are stopped. */
  async run(): Promise<void> {
    const { concurrency } = this.#options.worker;
    await Promise.all([this.#poll(), ...Array.from({ length: concurrency }, () => this.#slot())]);
  }

  /** There may be work: an idle slot looks at once. */
  notify(): void {
    this.#work.notify();
  }

  stop(): void {
    this.#stopping = true;
    this.#work.close();
    this.#stop.close();
    this.#options.redis?.wake.stop();
  }

  /** Wakes an idle slot now and then. However many slots there are, an idle worker asks its store as often as one. */
  async #poll(): Promise<void> {
    while (!this.#stopping) {
      await this.#stop.wait(this.#idleMs());
      this.#work.notify();
    }
  }

  async #slot(): Promise<void> {
    const { gate, pause, storeFailed } = this.#options;
    while (!this.#stopping) {
      await gate.pass();
      await pause.pass();
      if (this.#stopping) return;
      try {
        await this.#runOnce();
      } catch (error) {
        storeFailed(toError(error));
      }
    }
  }

  async #runOnce(): Promise<void> {
    const { source, isRedisBlocked } = this.#options;
    const batch = await source.claim(this.#claimOptions(), isRedisBlocked());
    if (batch) await this.#execute(batch);
    else await this.#waitForWork();
  }

  async #execute({ store, claims }: ClaimedBatch): Promise<void> {
    const { pause, worker, executor } = this.#options;
    // Claimed while the worker was being paused: no handler has seen them.
    if (pause.isPaused) return this.#release(store, claims);
    // There may be more where this came from.
    if (claims.length === worker.batchSize) this.#work.notify();
    await executor.run(store, claims);
  }

  async #release(store: Store, claims: readonly Claim[]): Promise<void> {
    await store.release(claims.map(heldOf)).catch((error: unknown) => {
      // They come back when their lease ends.
      const fields = { count: claims.length, error: errorText(error) };
      this.#options.report('debug', 'not_released', fields.error, fields);
    });
  }

  /** One idle slot waits at Redis, and executes what it claims there; the others wait until they are woken. */
  async #waitForWork(): Promise<void> {
    const { source, pause } = this.#options;
    const redis = source.from === 'redis' ? this.#options.redis : undefined;
    // Paused between two steps: a claim that waits would come after that.
    if (redis === undefined || redis.wake.busy || pause.isPaused) return this.#work.wait();
    const waiting = redis.wake.claim(this.#claimOptions(), this.#idleMs());
    const claims = await waiting.catch(async (error: unknown) => {
      if (!this.#stopping) await this.#wakeFailed(toError(error));
      return [];
    });
    if (claims.length === 0) return;
    const executing = this.#execute({ store: redis.store, claims });
    // Another slot takes this place, once this one is on its way to Postgres.
    setImmediate(() => this.#work.notify());
    await executing;
  }

  /** The next claim finds out whether Redis is away. Here it is enough not to spin, and to release what the lost reply leased. */
  async #wakeFailed(error: Error): Promise<void> {
    this.#options.report('debug', 'redis_connection', error.message, { error: error.message });
    await this.#work.wait(this.#idleMs());
    await this.#options.held.releaseLost();
  }

  #claimOptions(): ClaimOptions {
    const { batchSize, leaseMs, name } = this.#options.worker;
    return { limit: batchSize, leaseMs, worker: name };
  }

  #idleMs(): number {
    const { source, worker } = this.#options;
    return source.from === 'redis' ? worker.pollMs : Math.min(worker.pollMs, POSTGRES_POLL_MS);
  }
}
