import { hostname } from 'node:os';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Attempts } from './attempt.ts';
import { settlesWithin } from './deadline.ts';
import { Source } from './drain.ts';
import type { StoreName } from './errors.ts';
import { WriteGate } from './gate.ts';
import type { Handler } from './handler.ts';
import type { Lease } from './lease.ts';
import { checkConnections, resolveWorkerOptions } from './options.ts';
import type { QueueEvent, ResolvedWorkerOptions, WorkerOptions } from './options.ts';
import { errorText, toError } from './error-text.ts';
import { deleteOldOutcomes } from './postgres/retention.ts';
import { PostgresStore } from './postgres/store.ts';
import { internalsOf } from './queue.ts';
import type { Queue, QueueInternals } from './queue.ts';
import { Recovery } from './recover.ts';
import { connect } from './redis/connection.ts';
import type { RedisClient } from './redis/connection.ts';
import { RedisStore } from './redis/store.ts';
import { Signal } from './signal.ts';
import type { Held, Settled } from './store.ts';
import type { RecoveryResult, WorkerView } from './views.ts';
import { WakeListener } from './wake.ts';

/** Without Redis there is nobody to wake us; looking this often costs Postgres little, ms. */
const DRAIN_POLL_MS = 200;
const PROBE_DEADLINE_MS = 1_000;
const RETENTION_EVERY_MS = 10 * 60 * 1_000;

/** Processes a queue's submissions and runs recovery, until stopped. */
export interface Worker {
  readonly name: string;
  /** Begins. Stores may be absent: it picks up as they appear. */
  start(): void;
  /** Claims nothing more, lets handlers finish within `graceMs`, gives the rest back. */
  stop(): Promise<void>;
  view(): WorkerView;
}

/**
 * Creates a worker; `start` starts it. Throws `InvalidOptionsError`.
 * `{ batch }` for effects in Postgres, `{ external }` for effects elsewhere: see `BatchHandler` and `ExternalHandler`.
 */
export function createWorker(queue: Queue, handler: Handler, options: WorkerOptions = {}): Worker {
  const name = `${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}`;
  const resolved = resolveWorkerOptions(options, 'batch' in handler ? 'batch' : 'external', name);
  const internals = internalsOf(queue);
  checkConnections(resolved, internals.options);
  return new QueueWorker(internals, handler, resolved);
}

class QueueWorker implements Worker {
  readonly name: string;
  readonly #internals: QueueInternals;
  readonly #options: ResolvedWorkerOptions;
  readonly #redis:
    | { readonly store: RedisStore; readonly client: RedisClient; readonly wake: WakeListener }
    | undefined;
  readonly #postgres: PostgresStore;
  readonly #source: Source;
  readonly #attempts: Attempts;
  readonly #recovery: Recovery | undefined;
  readonly #gate: WriteGate;
  readonly #work = new Signal();
  readonly #recover = new Signal();
  #unreleased: Held[] = [];
  #recovered = 0;
  #stopping = false;
  #loops: Promise<void>[] = [];
  #retention: NodeJS.Timeout | undefined;
  #stopped: Promise<void> | undefined;

  constructor(internals: QueueInternals, handler: Handler, options: ResolvedWorkerOptions) {
    this.name = options.name;
    this.#internals = internals;
    this.#options = options;
    const { name: queue, redis, maxDepth, highWater, retentionMs } = internals.options;
    this.#postgres = new PostgresStore(internals.workPool, queue);
    if (redis) {
      const { client, call } = connect(redis, queue, 'work');
      const store = new RedisStore(call, {
        maxDepth,
        onUnreadable: (id, error) => this.#report('error', 'unreadable', error.message, { id }),
      });
      const block = connect(redis, queue, 'block').client;
      for (const one of [client, block]) one.on('error', (error) => this.#redisError(error));
      this.#redis = { store, client, wake: new WakeListener(block, queue, () => this.#work.notify()) };
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
    this.#attempts = new Attempts({
      queue,
      pool: internals.workPool,
      handler,
      worker: options,
      retentionMs,
      holdRows: (ids) => this.#postgres.hold(ids, options.leaseMs),
      forget: (items) => this.#forget(items),
      probe: () => this.#postgres.probe(PROBE_DEADLINE_MS),
      storeFailed: (error) => this.#awaitWrites(error),
      report: internals.report,
    });
  }

  start(): void {
    if (this.#loops.length > 0) return;
    const slots = Array.from({ length: this.#options.concurrency }, () => this.#slot());
    this.#loops = [...slots, this.#recoverLoop(), ...(this.#redis ? [this.#redis.wake.run()] : [])];
    this.#retention = setInterval(() => void this.#deleteOldOutcomes(), RETENTION_EVERY_MS);
    this.#retention.unref();
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  view(): WorkerView {
    const { paused } = this.#gate;
    return {
      name: this.name,
      workingFrom: this.#stopping || paused !== undefined ? 'none' : this.#source.from,
      paused,
      inFlight: this.#attempts.inFlight,
      recovered: this.#recovered,
      ...this.#attempts.tally,
    };
  }

  async #slot(): Promise<void> {
    while (!this.#stopping) {
      await this.#gate.pass();
      if (this.#stopping) return;
      try {
        if (!(await this.#runOnce())) await this.#work.wait(this.#idleMs());
      } catch (error) {
        this.#storeFailed(toError(error));
      }
    }
  }

  /** Claims once and sees it through. False: there was nothing to do. */
  async #runOnce(): Promise<boolean> {
    const { batchSize, leaseMs } = this.#options;
    const drainToo = this.#recovery?.blocked ?? false;
    const intake = await this.#source.take({ limit: batchSize, leaseMs, worker: this.name }, drainToo);
    if (intake === undefined) return false;
    // There may be more where this came from.
    if (intake.claims.length === batchSize) this.#work.notify();
    await this.#attempts.run(intake.store, intake.claims, (lease) => this.#release(lease));
    return true;
  }

  #idleMs(): number {
    return this.#source.from === 'redis'
      ? this.#options.pollMs
      : Math.min(this.#options.pollMs, DRAIN_POLL_MS);
  }

  async #recoverLoop(): Promise<void> {
    let pushed = 0;
    while (this.#recovery && !this.#stopping) {
      const possible = this.#source.from === 'redis' && this.#gate.paused === undefined;
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
      this.#report('warn', 'recovery_failed', errorText(error), {});
      return undefined;
    }
  }

  /** Claims whose reply was lost, with a connection or behind a pause, stand in our name and in nobody's hands. */
  async #releaseLost(store: RedisStore): Promise<void> {
    try {
      const released = await store.releaseLost(this.name, this.#attempts.heldIds);
      if (released > 0)
        this.#report('info', 'lost_claims_released', `${released} claims whose reply was lost`, { released });
    } catch (error) {
      // Their leases run out.
      this.#report('warn', 'lost_claims_kept', errorText(error), {});
    }
  }

  #switched(from: StoreName, cause: Error | undefined): void {
    const message = from === 'redis' ? 'works from Redis' : 'works straight from Postgres: Redis is away';
    this.#report(from === 'redis' ? 'info' : 'warn', 'working_from', message, {
      from,
      ...(cause && { cause: cause.message }),
    });
    if (from === 'redis' && this.#redis) void this.#releaseLost(this.#redis.store);
    this.#work.notify();
    this.#recover.notify();
  }

  #storeFailed(error: Error): void {
    if (this.#gate.paused === undefined) this.#report('warn', 'store_failed', errorText(error), {});
    this.#gate.shut(error);
  }

  async #awaitWrites(error: Error): Promise<void> {
    this.#storeFailed(error);
    await this.#gate.pass();
    // While stopping, the gate holds nobody up; the tries go on until the grace is over.
    if (this.#stopping) await sleep(DRAIN_POLL_MS);
  }

  #gateChanged(paused: string | undefined): void {
    if (paused === undefined) void this.#releaseRest();
    this.#report(
      paused ? 'warn' : 'info',
      paused ? 'paused' : 'resumed',
      paused ?? 'Postgres takes writes again',
      {},
    );
  }

  /** Gives claims back. What cannot be given back now is, when its store returns. */
  async #release(lease: Lease): Promise<void> {
    const held = lease.held;
    if (held.length === 0) return;
    try {
      await lease.store.release(held);
    } catch (error) {
      this.#report('debug', 'not_released', errorText(error), { count: held.length });
      if (lease.store.name === 'postgres') this.#unreleased.push(...held);
    }
  }

  async #releaseRest(): Promise<void> {
    const held = this.#unreleased.splice(0);
    if (held.length === 0) return;
    await this.#postgres.release(held).catch(() => this.#unreleased.push(...held));
  }

  async #forget(items: readonly Settled[]): Promise<void> {
    if (this.#redis === undefined || items.length === 0 || this.#source.from !== 'redis') return;
    await this.#redis.store.forget(items).catch((error: unknown) => {
      // The copies come back when their lease ends, find their outcome, and are forgotten then.
      this.#report('debug', 'not_forgotten', errorText(error), { count: items.length });
    });
  }

  async #deleteOldOutcomes(): Promise<void> {
    const { workPool, options } = this.#internals;
    try {
      const deleted = await deleteOldOutcomes(workPool, options.name, options.retentionMs);
      if (deleted > 0)
        this.#report('info', 'retention', `${deleted} outcomes past their retention`, { deleted });
    } catch (error) {
      this.#report('warn', 'retention_failed', errorText(error), {});
    }
  }

  async #stop(): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#retention);
    for (const signal of [this.#work, this.#recover]) signal.close();
    this.#gate.stop();
    this.#redis?.wake.stop();
    await settlesWithin(this.#options.graceMs, Promise.all(this.#loops)).catch(async () => {
      const leases = this.#attempts.abort(new Error('the worker stops, and its grace is over'));
      await Promise.all(leases.map((lease) => this.#release(lease)));
    });
    await this.#releaseRest();
    this.#source.stop();
    this.#redis?.client.disconnect();
  }

  #redisError(error: Error): void {
    this.#report('debug', 'redis_connection', error.message, {});
  }

  #report(level: QueueEvent['level'], event: string, message: string, fields: Record<string, unknown>): void {
    this.#internals.report({ level, event, message, fields: { worker: this.name, ...fields } });
  }
}
