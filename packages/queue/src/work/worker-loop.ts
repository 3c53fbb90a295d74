import { setTimeout as sleep } from 'node:timers/promises';
import { Attempts } from './executor.ts';
import { settlesWithin } from '../util/deadline.ts';
import { Source } from './claim-source.ts';
import type { Intake } from './claim-source.ts';
import type { StoreName } from '../contract/errors.ts';
import { createReport, type Report } from '../contract/events.ts';
import { WriteGate } from './write-gate.ts';
import type { Handler } from '../contract/handler.ts';
import type { ResolvedWorkerOptions } from '../contract/options.ts';
import { errorText, toError } from '../util/error-text.ts';
import { heldOf } from './lease.ts';
import { PostgresStore } from '../postgres/store.ts';
import type { QueueInternals } from '../create/internals.ts';
import { Recovery } from '../maintenance/recovery.ts';
import { connect } from '../redis/connection.ts';
import type { RedisClient } from '../redis/connection.ts';
import { RedisStore, type RedisStoreOptions } from '../redis/store.ts';
import { startRetention } from '../maintenance/retention.ts';
import { Returns } from './release.ts';
import { Payloads } from './payloads.ts';
import { Signal } from '../util/notifier.ts';
import { Switch } from '../util/pause-flag.ts';
import type { Claim, ClaimOptions, Store } from '../contract/store.ts';
import type { RecoveryResult, WorkerView } from '../contract/views.ts';
import { WakeListener } from '../redis/wake-listener.ts';
import type { Pausable, Worker } from '../contract/worker.ts';

/** Without Redis there is nobody to wake us; looking this often costs Postgres little, ms. */
const DRAIN_POLL_MS = 200;
const PROBE_DEADLINE_MS = 1_000;

interface RedisPart {
  readonly store: RedisStore;
  readonly client: RedisClient;
  readonly wake: WakeListener;
}

/** What `createWorker` makes: loops that claim, and one that recovers. */
export class QueueWorker implements Worker {
  readonly name: string;
  readonly #internals: QueueInternals;
  readonly #options: ResolvedWorkerOptions;
  readonly #report: Report;
  readonly #redis: RedisPart | undefined;
  readonly #postgres: PostgresStore;
  readonly #source: Source;
  readonly #attempts: Attempts;
  readonly #recovery: Recovery | undefined;
  readonly #gate: WriteGate;
  readonly #returns: Returns;
  readonly #switches = { worker: new Switch(), recovery: new Switch() };
  readonly #work = new Signal();
  readonly #recover = new Signal();
  #recovered = 0;
  #stopping = false;
  #loops: Promise<void>[] = [];
  #stopRetention = () => {};
  #stopped: Promise<void> | undefined;

  constructor(internals: QueueInternals, handler: Handler, options: ResolvedWorkerOptions) {
    this.name = options.name;
    this.#internals = internals;
    this.#options = options;
    this.#report = createReport(internals.options.onEvent, {
      queue: internals.options.name,
      worker: options.name,
    });
    const { name: queue, redis, maxDepth, highWater, retentionMs } = internals.options;
    this.#postgres = new PostgresStore(internals.workPool, queue);
    if (redis) {
      const { client, call } = connect(redis, queue, 'work');
      const storeOptions: RedisStoreOptions = {
        maxDepth,
        onUnreadable: (id, error) =>
          this.#report('error', 'unreadable', error.message, { id, error: error.message }),
      };
      const store = new RedisStore(call, storeOptions);
      const block = connect(redis, queue, 'block');
      for (const one of [client, block.client]) one.on('error', (error) => this.#redisError(error));
      const wake = new WakeListener(block.client, new RedisStore(block.call, storeOptions), queue);
      this.#redis = { store, client, wake };
      client.on('ready', () => this.#recovery?.checkSoon());
      this.#recovery = new Recovery({ queue, redis: store, pool: internals.workPool, highWater });
    }
    this.#source = new Source({
      redis: this.#redis,
      queue,
      postgres: this.#postgres,
      onSwitch: (from, cause) => this.#switched(from, cause),
    });
    this.#gate = new WriteGate({ postgres: this.#postgres, onChange: (paused) => this.#gateChanged(paused) });
    this.#returns = new Returns({
      worker: this.name,
      postgres: this.#postgres,
      redis: () => (this.#source.from === 'redis' ? this.#redis?.store : undefined),
      heldIds: () => this.#attempts.heldIds,
      report: this.#report,
    });
    this.#attempts = new Attempts({
      queue,
      pool: internals.workPool,
      handler,
      payloads: new Payloads(internals.options.schemas),
      worker: options,
      retentionMs,
      holdRows: (ids) => this.#postgres.hold(ids, options.leaseMs),
      forget: (items) => this.#returns.forget(items),
      probe: () => this.#postgres.probe(PROBE_DEADLINE_MS),
      storeFailed: (error) => this.#awaitWrites(error),
      report: this.#report,
    });
  }

  start(): void {
    if (this.#loops.length > 0) return;
    this.#loops = Array.from({ length: this.#options.concurrency }, () => this.#slot());
    this.#loops.push(this.#recoverLoop());
    const { workPool: pool, options } = this.#internals;
    const { name: queue, retentionMs } = options;
    this.#stopRetention = startRetention({ pool, queue, retentionMs, report: this.#report });
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  pause(what: Pausable): void {
    if (!this.#switches[what].turn('off')) return;
    // A claim that waits for work would come after the pause.
    if (what === 'worker') this.#redis?.wake.interrupt();
    this.#report('info', 'switched', `the ${what} is paused until it is resumed`, { what, paused: true });
  }

  resume(what: Pausable): void {
    if (!this.#switches[what].turn('on')) return;
    if (what === 'recovery') this.#recover.notify();
    this.#report('info', 'switched', `the ${what} goes on`, { what, paused: false });
  }

  view(): WorkerView {
    const pausedByOperator = this.#switches.worker.isOff;
    const paused = pausedByOperator ? 'an operator has paused it' : this.#gate.paused;
    return {
      name: this.name,
      workingFrom: this.#stopping || paused !== undefined ? 'none' : this.#source.from,
      paused,
      pausedByOperator,
      recoveryPaused: this.#switches.recovery.isOff,
      inFlight: this.#attempts.inFlight,
      recovered: this.#recovered,
      ...this.#attempts.tally,
      claimed: { ...this.#attempts.tally.claimed },
    };
  }

  async #slot(): Promise<void> {
    while (!this.#stopping) {
      await this.#gate.pass();
      await this.#switches.worker.pass();
      if (this.#stopping) return;
      try {
        const intake = await this.#take();
        if (intake) await this.#run(intake);
        else await this.#waitForWork();
      } catch (error) {
        this.#storeFailed(toError(error));
      }
    }
  }

  #take(): Promise<Intake | undefined> {
    return this.#source.take(this.#claimOptions(), this.#recovery?.blocked ?? false);
  }

  async #run({ store, claims }: Intake): Promise<void> {
    // Claimed while it was being paused: nobody has looked at them.
    if (this.#switches.worker.isOff) return this.#giveBack(store, claims);
    // There may be more where this came from.
    if (claims.length === this.#options.batchSize) this.#work.notify();
    await this.#attempts.run(store, claims, (lease) => this.#returns.release(lease));
  }

  async #giveBack(store: Store, claims: readonly Claim[]): Promise<void> {
    await store.release(claims.map(heldOf)).catch((error: unknown) => {
      // They come back when their lease ends.
      const fields = { count: claims.length, error: errorText(error) };
      this.#report('debug', 'not_released', fields.error, fields);
    });
  }

  /** One idle slot waits at Redis, and has what it finds there; the others look now and then. */
  async #waitForWork(): Promise<void> {
    const redis = this.#source.from === 'redis' ? this.#redis : undefined;
    // Paused between two steps: a claim that waits would come after that.
    const { isOff } = this.#switches.worker;
    if (redis === undefined || redis.wake.busy || isOff) return this.#work.wait(this.#idleMs());
    const heard = redis.wake.claim(this.#claimOptions(), this.#idleMs());
    const claims = await heard.catch(async (error: unknown) => {
      if (!this.#stopping) await this.#notHeard(toError(error));
      return [];
    });
    if (claims.length === 0) return;
    const running = this.#run({ store: redis.store, claims });
    // Another takes this place, once this one is on its way to Postgres.
    setImmediate(() => this.#work.notify());
    await running;
  }

  /** Whoever claims finds out whether Redis is away; here it is enough not to spin, and to keep nothing from others. */
  async #notHeard(error: Error): Promise<void> {
    this.#redisError(error);
    await this.#work.wait(this.#idleMs());
    await this.#returns.releaseLost();
  }

  #claimOptions(): ClaimOptions {
    const { batchSize, leaseMs } = this.#options;
    return { limit: batchSize, leaseMs, worker: this.name };
  }

  #idleMs(): number {
    return this.#source.from === 'redis'
      ? this.#options.pollMs
      : Math.min(this.#options.pollMs, DRAIN_POLL_MS);
  }

  async #recoverLoop(): Promise<void> {
    let pushed = 0;
    while (this.#recovery && !this.#stopping) {
      const { isOff } = this.#switches.recovery;
      const possible = this.#source.from === 'redis' && this.#gate.paused === undefined && !isOff;
      const pass = possible ? await this.#recoverOnce(this.#recovery) : undefined;
      pushed += pass?.pushed ?? 0;
      if (pass?.more && !pass.full) continue;
      if (pushed > 0)
        this.#report('info', 'recovered', `${pushed} submissions went from Postgres to Redis`, { pushed });
      pushed = 0;
      await this.#recover.wait(this.#options.recoverMs);
    }
  }

  async #recoverOnce(recovery: Recovery): Promise<RecoveryResult | undefined> {
    try {
      const result = await recovery.runOnce();
      this.#recovered += result.pushed;
      return result;
    } catch (error) {
      this.#failed('recovery_failed', error);
      return undefined;
    }
  }

  #switched(from: StoreName, cause: Error | undefined): void {
    const message = from === 'redis' ? 'works from Redis' : 'works straight from Postgres: Redis is away';
    this.#report(from === 'redis' ? 'info' : 'warn', 'working_from', message, {
      from,
      ...(cause && { cause: cause.message }),
    });
    if (from === 'redis') void this.#returns.releaseLost();
    this.#work.notify();
    this.#recover.notify();
  }

  #storeFailed(error: Error): void {
    if (this.#gate.paused === undefined) this.#failed('store_failed', error);
    this.#gate.shut(error);
  }

  async #awaitWrites(error: Error): Promise<void> {
    this.#storeFailed(error);
    await this.#gate.pass();
    // While stopping, the gate holds nobody up; the tries go on until the grace is over.
    if (this.#stopping) await sleep(DRAIN_POLL_MS);
  }

  #gateChanged(paused: string | undefined): void {
    if (paused === undefined) void this.#returns.releaseRest();
    if (paused === undefined) this.#report('info', 'resumed', 'Postgres takes writes again', {});
    else this.#report('warn', 'paused', paused, { cause: paused });
  }

  async #stop(): Promise<void> {
    this.#stopping = true;
    this.#stopRetention();
    for (const signal of [this.#work, this.#recover]) signal.close();
    this.#gate.stop();
    for (const one of Object.values(this.#switches)) one.stop();
    this.#redis?.wake.stop();
    await settlesWithin(this.#options.graceMs, Promise.all(this.#loops)).catch(async () => {
      const leases = this.#attempts.abort(new Error('the worker stops, and its grace is over'));
      await Promise.all(leases.map((lease) => this.#returns.release(lease)));
    });
    await this.#returns.releaseRest();
    // What a slot was waiting for may have come in the moment when it was told to stop.
    await this.#returns.releaseLost();
    this.#source.stop();
    this.#redis?.client.disconnect();
  }

  #redisError(error: Error): void {
    this.#report('debug', 'redis_connection', error.message, { error: error.message });
  }

  #failed(event: 'recovery_failed' | 'store_failed', cause: unknown): void {
    const error = errorText(cause);
    this.#report('warn', event, error, { error });
  }
}
