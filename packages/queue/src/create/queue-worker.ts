import { QueueClosedError } from '../contract/errors.ts';
import type { StoreName } from '../contract/errors.ts';
import type { Report } from '../contract/events.ts';
import { HandlerAbortedError } from '../contract/failures.ts';
import type { Handler } from '../contract/handler.ts';
import type { FallbackRows, OutcomeLedger, ShadowLog } from '../contract/ledger.ts';
import type { ResolvedWorkerOptions } from '../contract/worker-options.ts';
import type { Schemas } from '../contract/payload-schema.ts';
import type { FastStoreConnection, Store } from '../contract/store.ts';
import type { WorkerView } from '../contract/views.ts';
import type { Pausable, Worker } from '../contract/worker.ts';
import { RecoveryLoop } from '../maintenance/recovery-loop.ts';
import { Recovery } from '../maintenance/recovery.ts';
import { startRetention } from '../maintenance/retention.ts';
import { withTimeout } from '../util/deadline.ts';
import { errorText } from '../util/error-text.ts';
import { PauseFlag } from '../util/pause-flag.ts';
import { ClaimSource } from '../work/claim-source.ts';
import { Executor } from '../work/executor.ts';
import { HeldClaims } from '../work/held-claims.ts';
import { Payloads } from '../work/payloads.ts';
import { POSTGRES_POLL_MS, WorkerLoop } from '../work/worker-loop.ts';
import { WriteGate } from '../work/write-gate.ts';

const PROBE_DEADLINE_MS = 1_000;
/** After the grace, a stop waits this long for slots whose handlers were aborted, in ms. */
const ABORTED_END_MS = 500;

/** What a worker runs on. */
export interface WorkerStores {
  readonly postgres: Store;
  readonly ledger: OutcomeLedger;
  readonly rows: FallbackRows;
  readonly shadow: ShadowLog;
  readonly redis: FastStoreConnection | undefined;
}

/** What it needs to know of its queue. */
export interface WorkerQueue {
  readonly name: string;
  readonly schemas: Schemas | undefined;
  readonly retentionMs: number;
  readonly highWater: number;
}

/** What `createWorker` makes: slots that claim and execute, a loop that recovers, and the switches of both. */
export class QueueWorker implements Worker {
  readonly name: string;
  readonly #queue: WorkerQueue;
  readonly #stores: WorkerStores;
  readonly #options: ResolvedWorkerOptions;
  readonly #report: Report;
  readonly #source: ClaimSource;
  readonly #gate: WriteGate;
  readonly #held: HeldClaims;
  readonly #executor: Executor;
  readonly #loop: WorkerLoop;
  readonly #recovery: RecoveryLoop;
  readonly #pauses = { worker: new PauseFlag(), recovery: new PauseFlag() };
  #running: Promise<unknown> | undefined;
  #stopping = false;
  #stopRetention = () => {};
  #stopped: Promise<void> | undefined;

  constructor(
    queue: WorkerQueue,
    stores: WorkerStores,
    handler: Handler,
    options: ResolvedWorkerOptions,
    report: Report,
  ) {
    this.name = options.name;
    this.#queue = queue;
    this.#stores = stores;
    this.#options = options;
    this.#report = report;
    const { redis, postgres, ledger, rows } = stores;
    this.#source = new ClaimSource({
      redis,
      postgres,
      onSwitch: (from, cause) => this.#switched(from, cause),
    });
    this.#gate = new WriteGate({
      probe: (deadlineMs) => ledger.probe(deadlineMs),
      onChange: (paused) => this.#gateChanged(paused),
    });
    this.#held = new HeldClaims({
      worker: this.name,
      postgres,
      redis: () => (this.#source.from === 'redis' ? redis?.store : undefined),
      report,
    });
    this.#executor = new Executor({
      queue: queue.name,
      ledger,
      rows,
      handler,
      payloads: new Payloads(queue.schemas),
      worker: options,
      retentionMs: queue.retentionMs,
      held: this.#held,
      probe: () => ledger.probe(PROBE_DEADLINE_MS).then(() => this.#gate.open()),
      storeFailed: (error) => this.#awaitWrites(error),
      report,
    });
    this.#loop = new WorkerLoop({
      worker: options,
      source: this.#source,
      redis,
      gate: this.#gate,
      pause: this.#pauses.worker,
      executor: this.#executor,
      held: this.#held,
      isRedisBlocked: () => this.#recovery.blocked,
      storeFailed: (error) => this.#storeFailed(error),
      report,
    });
    this.#recovery = this.#createRecovery(redis);
  }

  start(): void {
    if (this.#stopped) throw new QueueClosedError('worker');
    if (this.#running) return;
    this.#running = Promise.all([this.#loop.run(), this.#recovery.run()]);
    const { retentionMs } = this.#queue;
    this.#stopRetention = startRetention({ ledger: this.#stores.ledger, retentionMs, report: this.#report });
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  pause(what: Pausable): void {
    if (!this.#pauses[what].turn('off')) return;
    // A claim that waits for work would come after the pause.
    if (what === 'worker') this.#stores.redis?.wake.interrupt();
    this.#report('info', 'switched', `the ${what} is paused until it is resumed`, { what, paused: true });
  }

  resume(what: Pausable): void {
    if (!this.#pauses[what].turn('on')) return;
    if (what === 'recovery') this.#recovery.wake();
    this.#report('info', 'switched', `the ${what} goes on`, { what, paused: false });
  }

  view(): WorkerView {
    const pausedByOperator = this.#pauses.worker.isPaused;
    const paused = pausedByOperator ? 'an operator has paused it' : this.#gate.paused;
    const { tally } = this.#executor;
    return {
      name: this.name,
      workingFrom: this.#stopping || paused !== undefined ? 'none' : this.#source.from,
      paused,
      pausedByOperator,
      recoveryPaused: this.#pauses.recovery.isPaused,
      inFlight: this.#held.count,
      handlers: this.#executor.handlers,
      recovered: this.#recovery.recovered,
      ...tally,
      claimed: { ...tally.claimed },
    };
  }

  #createRecovery(redis: FastStoreConnection | undefined): RecoveryLoop {
    const { name: queue, highWater } = this.#queue;
    const recovery = new RecoveryLoop({
      recovery: redis && new Recovery({ queue, redis: redis.store, rows: this.#stores.rows, highWater }),
      shadow: this.#stores.shadow,
      everyMs: this.#options.recoverMs,
      canWrite: () => this.#gate.paused === undefined,
      canPush: () => this.#source.from === 'redis' && !this.#pauses.recovery.isPaused,
      report: this.#report,
    });
    redis?.onReady(() => recovery.checkSoon());
    return recovery;
  }

  #switched(from: StoreName, cause: Error | undefined): void {
    const message = from === 'redis' ? 'works from Redis' : 'works straight from Postgres: Redis is away';
    this.#report(from === 'redis' ? 'info' : 'warn', 'working_from', message, {
      from,
      ...(cause && { cause: cause.message }),
    });
    if (from === 'redis') void this.#held.releaseLost();
    this.#loop.notify();
    this.#recovery.wake();
  }

  #storeFailed(cause: Error): void {
    const error = errorText(cause);
    if (this.#gate.paused === undefined) this.#report('warn', 'store_failed', error, { error });
    this.#gate.shut(cause);
  }

  async #awaitWrites(error: Error): Promise<void> {
    this.#storeFailed(error);
    await this.#gate.pass();
    // While the worker stops, the gate lets everything pass; the tries go on until the grace is over.
    if (this.#stopping) await new Promise((resolve) => setTimeout(resolve, POSTGRES_POLL_MS));
  }

  #gateChanged(paused: string | undefined): void {
    if (paused === undefined) void this.#held.releaseRest();
    if (paused === undefined) this.#report('info', 'resumed', 'Postgres takes writes again', {});
    else this.#report('warn', 'paused', paused, { cause: paused });
  }

  async #stop(): Promise<void> {
    this.#stopping = true;
    this.#stopRetention();
    this.#loop.stop();
    this.#recovery.stop();
    this.#gate.stop();
    for (const one of Object.values(this.#pauses)) one.stop();
    const running = this.#running ?? Promise.resolve();
    await withTimeout(this.#options.graceMs, running).catch(async () => {
      await this.#held.abort(new HandlerAbortedError('the worker stops, and its grace is over'));
      // The slots end once they have given up their handlers. A store that does not answer does not delay the stop for longer.
      await withTimeout(ABORTED_END_MS, running).catch(() => {});
    });
    await this.#held.releaseRest();
    // The claim that a slot was waiting for may have arrived at the moment of the stop.
    await this.#held.releaseLost();
    this.#source.stop();
    this.#stores.redis?.close();
  }
}
