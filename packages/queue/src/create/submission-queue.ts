import { Enqueuer, RETRY_AFTER_MS } from '../enqueue/enqueuer.ts';
import type { GuardedStore } from '../enqueue/guarded-store.ts';
import { Shadow } from '../enqueue/shadow.ts';
import { NotAcceptedError, QueueClosedError, StoreUnavailableError, quote } from '../contract/errors.ts';
import { createReport } from '../contract/events.ts';
import type { Report } from '../contract/events.ts';
import { createInspect } from '../inspect/inspect.ts';
import type { Inspection } from '../inspect/inspect.ts';
import type { ResolvedQueueOptions } from '../contract/options.ts';
import { toError } from '../util/error-text.ts';
import { lockWaitMs, openPool, statsOf } from '../postgres/connection/connection.ts';
import type { OpenPool } from '../postgres/connection/connection.ts';
import { migrate } from '../postgres/migrate/migrate.ts';
import type { CallersTransaction } from '../contract/transaction.ts';
import { enqueueIn, openTransaction } from '../postgres/enqueue-in.ts';
import { createFallbackRows } from '../postgres/fallback-rows.ts';
import { createShadowLog } from '../postgres/shadow-log.ts';
import { tablesOf } from '../postgres/statement/tables.ts';
import type { QueueTables } from '../postgres/statement/tables.ts';
import { Recovery } from '../maintenance/recovery.ts';
import { createOperatorActions } from '../operate/operator-actions.ts';
import type { OperatorActions } from '../operate/operator-actions.ts';
import { abortable } from '../util/abort.ts';
import { withTimeout } from '../util/deadline.ts';
import { checkId } from '../contract/id.ts';
import { readPayload } from '../contract/payload-schema.ts';
import { checkRunAt, encode } from '../contract/submission.ts';
import type { Envelope, SubmissionInput } from '../contract/submission.ts';
import type { PushItem } from '../contract/store.ts';
import type {
  Acceptance,
  QueryOptions,
  Health,
  Inspect,
  RecoveryResult,
  StoreView,
  SubmissionStatus,
} from '../contract/views.ts';
import type { QueueStats } from '../contract/stats.ts';
import type { EnqueueOptions, Enqueued, Queue } from '../contract/queue.ts';
import type { Worker } from '../contract/worker.ts';
import type { QueueInternals } from './internals.ts';
import { openPostgres, openRedis } from './open-stores.ts';
import { StoreWatch } from './store-watch.ts';
import type { OpenRedis } from './open-stores.ts';

const CLOSE_DEADLINE_MS = 5_000;

/** What `createQueue` makes: the two stores, and the parts that use them. */
export class SubmissionQueue implements Queue {
  readonly name: string;
  readonly options: ResolvedQueueOptions;
  readonly inspect: Inspect;
  readonly retry: OperatorActions['retry'];
  readonly discard: OperatorActions['discard'];
  readonly requeue: OperatorActions['requeue'];
  readonly internals: QueueInternals;
  readonly #acceptPool: OpenPool;
  readonly #workPool: OpenPool;
  readonly #tables: QueueTables;
  readonly #redis: OpenRedis | undefined;
  readonly #postgres: GuardedStore;
  readonly #enqueuer: Enqueuer;
  readonly #shadow: Shadow;
  readonly #inspection: Inspection;
  readonly #recovery: Recovery | undefined;
  readonly #watch: StoreWatch;
  readonly #createdAt = new Date();
  readonly #report: Report;
  readonly #workers = new Set<Worker>();
  #closed: Promise<void> | undefined;

  constructor(options: ResolvedQueueOptions) {
    this.name = options.name;
    this.options = options;
    this.#tables = tablesOf(options.name, options.schema);
    this.#report = createReport(options.onEvent, { queue: options.name });
    const onPoolError = ({ message }: Error) =>
      this.#report('debug', 'postgres_connection', message, { error: message });
    this.#acceptPool = openPool(options.postgres, {
      max: options.acceptConnections,
      name: `spillway ${options.name} accept`,
      onError: onPoolError,
      lockTimeoutMs: lockWaitMs(options.deadlineMs),
    });
    this.#workPool = openPool(options.postgres, {
      max: options.workConnections,
      name: `spillway ${options.name} work`,
      onError: onPoolError,
    });
    this.internals = { options, workPool: this.#workPool, addWorker: (make) => this.#addWorker(make) };
    this.#postgres = openPostgres(this.#acceptPool, options, (view) => this.#changed(view));
    this.#redis =
      options.redis === undefined
        ? undefined
        : openRedis(options.redis, options, (view) => this.#changed(view));
    this.#shadow = new Shadow(createShadowLog(this.#acceptPool.pool, this.#tables));
    this.#enqueuer = new Enqueuer({
      queue: options.name,
      primary: options.primary,
      redis: this.#redis?.path,
      postgres: this.#postgres,
      deadlineMs: options.deadlineMs,
      lastResort: options.lastResort,
      onKeptByRedis: (item, isLastResort) => this.#copy(item, isLastResort),
    });
    this.#inspection = createInspect({
      queue: options.name,
      options,
      pool: this.#workPool.pool,
      tables: this.#tables,
      redis: this.#redis?.store,
      redisClient: this.#redis?.client,
      health: () => this.health(),
      accepting: () => this.#accepting().find((store) => !store.health.breaker.open)?.name ?? 'none',
    });
    this.inspect = this.#inspection;
    const decisions = createOperatorActions({
      pool: this.#workPool.pool,
      tables: this.#tables,
      redis: this.#redis?.store,
    });
    this.retry = decisions.retry;
    this.discard = decisions.discard;
    this.requeue = decisions.requeue;
    if (this.#redis) {
      const { store: redis } = this.#redis;
      this.#recovery = new Recovery({
        queue: options.name,
        redis,
        rows: createFallbackRows(this.#workPool.pool, this.#tables),
        highWater: options.highWater,
      });
    }
    this.#watch = new StoreWatch({
      acceptPool: this.#acceptPool,
      workPool: this.#workPool,
      postgres: this.#postgres,
      redis: this.#redis,
    });
  }

  async enqueue(input: SubmissionInput, { signal }: EnqueueOptions = {}): Promise<Acceptance> {
    if (this.#closed) throw new QueueClosedError();
    const deadlineAtMs = performance.now() + this.options.deadlineMs;
    const item = this.#toItem(input);
    if (this.options.schemas || this.#watch.firstCheck) await this.#prepare(item, signal);
    // The queue may have been closed while the schema was validating.
    if (this.#closed) throw new QueueClosedError();
    return this.#enqueuer.enqueue(item, signal, deadlineAtMs);
  }

  async enqueueIn(tx: CallersTransaction, input: SubmissionInput): Promise<Enqueued> {
    if (this.#closed) throw new QueueClosedError();
    const on = openTransaction(tx);
    const item = this.#toItem(input);
    await this.#validate(item.envelope);
    return enqueueIn(on, this.#tables, item);
  }

  async status(id: string, options?: QueryOptions): Promise<SubmissionStatus> {
    return this.#inspection.status(checkId(id, Date.now(), Number.POSITIVE_INFINITY), options);
  }

  recover({ signal }: QueryOptions = {}): Promise<RecoveryResult> {
    return abortable(signal, () => this.#recover());
  }

  async #recover(): Promise<RecoveryResult> {
    if (this.#recovery === undefined) throw new StoreUnavailableError('redis');
    try {
      return await this.#recovery.runOnce();
    } catch (error) {
      const redisAway = this.#redis?.client.status !== 'ready' || this.#redis.path.health.breaker.open;
      throw new StoreUnavailableError(redisAway ? 'redis' : 'postgres', error);
    }
  }

  health(): Health {
    const postgres = this.#postgres.health.view();
    const redis = this.#redis?.path.health.view() ?? {
      name: 'redis',
      state: 'absent',
      since: this.#createdAt,
      keeps: 'unknown',
      durability: 'no Redis is configured: everything goes through Postgres',
    };
    return { redis, postgres, accepts: this.#accepting().some((store) => store.health.isReady) };
  }

  /** The stores that may acknowledge a submission now, in the order in which they are asked. */
  #accepting(): readonly GuardedStore[] {
    const order = this.#enqueuer.order();
    const last = this.#enqueuer.lastResort(order);
    return last === undefined ? order : [...order, last];
  }

  stats(): QueueStats {
    const pools = { accept: statsOf(this.#acceptPool.pool), work: statsOf(this.#workPool.pool) };
    const redis = this.#redis?.path.stats();
    return { redis, postgres: this.#postgres.stats(), shadow: redis && this.#shadow.stats(), pools };
  }

  async migrate(): Promise<void> {
    await migrate(this.options.postgres, this.options);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    await Promise.all([this.#enqueuer.idle(), ...[...this.#workers].map((worker) => worker.stop())]);
    const notClosed = (error: unknown) => {
      const { message } = toError(error);
      this.#report('warn', 'not_closed', message, { error: message });
    };
    await this.#shadow.close().catch(notClosed);
    this.#watch.stop();
    this.#postgres.health.breaker.stop();
    this.#redis?.path.health.breaker.stop();
    this.#redis?.client.disconnect();
    const closing = Promise.all([this.#acceptPool.close(), this.#workPool.close()]);
    // A connection that is being made to a hanging Postgres would delay the end until its own timeout.
    await withTimeout(CLOSE_DEADLINE_MS, closing).catch(notClosed);
  }

  /** What Redis acknowledged as a last resort has a copy as soon as Postgres is back, whatever the option says. */
  #copy(item: PushItem, isLastResort: boolean): void {
    if (this.#redis === undefined) return;
    const { path, store } = this.#redis;
    const { shadow } = this.options;
    const isWanted = shadow === 'auto' ? path.health.settings.isReplicated : shadow;
    if (isWanted || isLastResort) this.#shadow.add(item, store.epoch);
  }

  /** Before a store is asked: validates the data, and, in a new process, waits for Redis' settings. */
  async #prepare({ envelope }: PushItem, signal: AbortSignal | undefined): Promise<void> {
    const prepare = async () => {
      await this.#validate(envelope);
      await this.#watch.firstCheck;
    };
    await abortable(signal, prepare).catch((error: unknown) => {
      if (!signal?.aborted || error !== signal.reason) throw error;
      throw new NotAcceptedError(envelope.id, false, RETRY_AFTER_MS, error);
    });
  }

  /** An async schema has the time of the whole call. */
  async #validate(envelope: Envelope): Promise<void> {
    const { schemas, deadlineMs } = this.options;
    if (schemas === undefined) return;
    const late = new Error(
      `The schema of the form ${quote(envelope.form)} did not end within ${deadlineMs} ms`,
    );
    await withTimeout(deadlineMs, readPayload(schemas, envelope), late).catch((error: unknown) => {
      throw error === late ? new NotAcceptedError(envelope.id, false, RETRY_AFTER_MS, late) : error;
    });
  }

  #addWorker<W extends Worker>(make: () => W): W {
    if (this.#closed) throw new QueueClosedError();
    const worker = make();
    this.#workers.add(worker);
    return worker;
  }

  #toItem(input: SubmissionInput): PushItem {
    const envelope = encode(input, this.options);
    const runAtMs = checkRunAt(input.at, envelope.id, this.options.retentionMs);
    const generatedId = input.id === undefined;
    return runAtMs === undefined ? { envelope, generatedId } : { envelope, generatedId, runAtMs };
  }

  #changed(view: StoreView): void {
    const durable = view.keeps === 'disk';
    const message = `${view.name} is ${view.state}: ${view.state === 'down' ? (view.lastError ?? 'unknown') : view.durability}`;
    const up = view.state === 'up';
    this.#report(up && durable ? 'info' : 'warn', up ? 'store_up' : 'store_down', message, {
      store: view.name,
      keeps: view.keeps,
    });
  }
}
