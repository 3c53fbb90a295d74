import type { Cluster, Redis, RedisOptions } from 'ioredis';
import type { Pool } from 'pg';
import { InvalidOptionsError } from './errors.ts';
import type { StoreName } from './errors.ts';
import type { QueueEvent } from './events.ts';
import type { Schemas } from './payload-schema.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const KIB = 1024;

/** Which store acknowledges. See `QueueOptions.primary`. */
export type Primary = 'auto' | StoreName;

export interface QueueOptions {
  /** Name of the queue: `[a-z0-9_-]`, at most 64 characters. Queues share nothing but the servers. Default `default`. */
  readonly name?: string;
  /**
   * Redis >= 7.0 or Valkey >= 8: an address (`readRedisAddress`: also of Sentinels or a Cluster), ioredis options, or an ioredis instance - a Cluster, too - whose options are copied
   * (own connections are made, since the queue needs its own timeouts). Omit to run on Postgres alone.
   */
  readonly redis?: string | RedisOptions | Redis | Cluster;
  /**
   * Postgres >= 15: a URL, or a pg Pool that stays the caller's to close. A given pool serves accepting and working
   * alike, so give it `connectionTimeoutMillis` and connections for both.
   */
  readonly postgres: string | Pool;
  /**
   * The schema of each form's data, by the form's name: zod, or any other Standard Schema. `enqueue` refuses data that does not
   * fit, and other forms. A handler gets the schema's output; a payload that no longer fits fails its attempt. The stores keep the
   * data as it was given. Default: any form and any JSON value.
   */
  readonly schemas?: Schemas;
  /**
   * Which store acknowledges. `auto`: Redis where its settings say that it keeps what it acknowledges
   * (`appendfsync always`, `noeviction`), else Postgres with Redis as the fast signal. `redis` is fastest and
   * holds as durably as that Redis is configured. `postgres` survives the total loss of Redis. Default `auto`.
   */
  readonly primary?: Primary;
  /**
   * Whether Postgres gets a copy of what Redis has acknowledged, within 50 ms while it keeps up: a failover or FLUSHALL of Redis then
   * loses at most what had no copy yet. `auto`: while Redis has a replica, since only then a failover can happen. Costs Postgres a row
   * for each submission that waits. Default `auto`.
   */
  readonly shadow?: 'auto' | boolean;
  /**
   * Whether a Redis that does not keep on disk what it acknowledges may acknowledge all the same where no other store does. The
   * answer says what it keeps (`keeps: 'memory'`), and Postgres gets a copy as soon as it is back. False: such a submission is refused.
   * Default true.
   */
  readonly lastResort?: boolean;
  /** Largest encoded `data`, in bytes. Larger ones cost every submission behind them. Default 256 KiB. */
  readonly maxBytes?: number;
  /** How many submissions Redis holds before new ones prefer Postgres. Bounds Redis' memory. Default 1,000,000. */
  readonly maxDepth?: number;
  /** Recovery stops pushing while Redis holds this many. Must be below `maxDepth`. Default 10,000. */
  readonly highWater?: number;
  /** `enqueue` settles within this time, in ms. Longer means fewer refusals, and slower ones. Default 2,000. */
  readonly deadlineMs?: number;
  /**
   * If the first store does not answer for this long, the second is written as well, in ms; adapts between the two. Default 20 to
   * 150.
   */
  readonly hedgeMs?: { readonly min: number; readonly max: number };
  /** How long outcomes are kept, in ms: the horizon within which a repeat is recognised. Default 30 days. */
  readonly retentionMs?: number;
  /** Connections to Postgres for accepting. They are apart from the worker's, so that work cannot starve accepting. Default 4. */
  readonly acceptConnections?: number;
  /** Connections to Postgres for working and viewing. Default 8. */
  readonly workConnections?: number;
  /**
   * Called for every event of the queue and of its workers, from the first one on; `event.event` says which `QueueEvents`
   * it is. What it throws is dropped. Default: nothing is reported.
   */
  readonly onEvent?: (event: QueueEvent) => void;
}

export interface ResolvedQueueOptions extends Required<Omit<QueueOptions, 'redis' | 'schemas'>> {
  readonly schemas: Schemas | undefined;
  readonly redis: string | RedisOptions | Redis | Cluster | undefined;
}

export interface WorkerOptions {
  /** Unique name of this worker, shown to operators. Default: host name, pid and a random suffix. */
  readonly name?: string;
  /** How many batches (or external calls) run at once. Default 4. */
  readonly concurrency?: number;
  /** Largest batch that shares one settling transaction. 1 = a transaction each. Default 200; external handlers: 1. */
  readonly batchSize?: number;
  /** Lease, in ms; extended while a handler runs. Shorter: a crashed worker's items return sooner. Default 30,000. */
  readonly leaseMs?: number;
  /** Attempts before a submission ends dead. Default 10. */
  readonly maxAttempts?: number;
  /** Backoff: a random delay in [0, min(max, base * 2^(attempt-1))] ms (full jitter). Default 1,000 and 10 minutes. */
  readonly backoffMs?: { readonly base: number; readonly max: number };
  /** How long `stop` lets running handlers finish, in ms. Default 10,000. */
  readonly graceMs?: number;
  /** How often an idle worker looks for work without a wake-up, in ms. Default 1,000. */
  readonly pollMs?: number;
  /** How often recovery looks for rows to push to Redis, in ms. Default 1,000. */
  readonly recoverMs?: number;
}

export type ResolvedWorkerOptions = Required<WorkerOptions>;

const QUEUE_NAME = /^[a-z0-9_-]{1,64}$/;

/** Fills defaults and checks ranges and relations. Throws `InvalidOptionsError` naming the option and the remedy. */
export function resolveQueueOptions(options: QueueOptions): ResolvedQueueOptions {
  const resolved: ResolvedQueueOptions = {
    name: options.name ?? 'default',
    redis: options.redis,
    postgres: options.postgres,
    schemas: options.schemas,
    primary: options.primary ?? 'auto',
    shadow: options.shadow ?? 'auto',
    lastResort: options.lastResort ?? true,
    maxBytes: options.maxBytes ?? 256 * KIB,
    maxDepth: options.maxDepth ?? 1_000_000,
    highWater: options.highWater ?? 10_000,
    deadlineMs: options.deadlineMs ?? 2 * SECOND,
    hedgeMs: options.hedgeMs ?? { min: 20, max: 150 },
    retentionMs: options.retentionMs ?? 30 * DAY,
    acceptConnections: options.acceptConnections ?? 4,
    workConnections: options.workConnections ?? 8,
    onEvent: options.onEvent ?? (() => {}),
  };
  if (!QUEUE_NAME.test(resolved.name)) {
    throw new InvalidOptionsError(
      `name ${JSON.stringify(resolved.name)}: use a-z, 0-9, "-" and "_", at most 64.`,
    );
  }
  if (!resolved.postgres) throw new InvalidOptionsError('postgres is missing: give a URL or a pg Pool.');
  if (resolved.primary === 'redis' && !resolved.redis) {
    throw new InvalidOptionsError("primary 'redis' needs the option redis: give a URL, or use 'auto'.");
  }
  checkWhole(resolved, [
    'maxBytes',
    'maxDepth',
    'highWater',
    'deadlineMs',
    'retentionMs',
    'acceptConnections',
    'workConnections',
  ]);
  if (resolved.highWater >= resolved.maxDepth) {
    throw new InvalidOptionsError(
      `highWater (${resolved.highWater}) must be below maxDepth (${resolved.maxDepth}).`,
    );
  }
  if (!['auto', 'redis', 'postgres'].includes(resolved.primary)) {
    throw new InvalidOptionsError(
      `primary ${JSON.stringify(resolved.primary)}: use 'auto', 'redis' or 'postgres'.`,
    );
  }
  if (!['auto', true, false].includes(resolved.shadow)) {
    throw new InvalidOptionsError(`shadow ${JSON.stringify(resolved.shadow)}: use 'auto', true or false.`);
  }
  checkPositive('hedgeMs', resolved.hedgeMs);
  if (resolved.hedgeMs.min > resolved.hedgeMs.max || resolved.hedgeMs.max * 2 > resolved.deadlineMs) {
    throw new InvalidOptionsError(
      `hedgeMs: min (${resolved.hedgeMs.min}) must not exceed max (${resolved.hedgeMs.max}), and twice max must not exceed deadlineMs (${resolved.deadlineMs}).`,
    );
  }
  return resolved;
}

/** The same for a worker. `kind` decides the default batch size. */
export function resolveWorkerOptions(
  options: WorkerOptions,
  kind: 'batch' | 'external',
  defaultName: string,
): ResolvedWorkerOptions {
  const resolved: ResolvedWorkerOptions = {
    name: options.name ?? defaultName,
    concurrency: options.concurrency ?? 4,
    batchSize: options.batchSize ?? (kind === 'batch' ? 200 : 1),
    leaseMs: options.leaseMs ?? 30 * SECOND,
    maxAttempts: options.maxAttempts ?? 10,
    backoffMs: options.backoffMs ?? { base: SECOND, max: 10 * MINUTE },
    graceMs: options.graceMs ?? 10 * SECOND,
    pollMs: options.pollMs ?? SECOND,
    recoverMs: options.recoverMs ?? SECOND,
  };
  checkWhole(resolved, [
    'concurrency',
    'batchSize',
    'leaseMs',
    'maxAttempts',
    'graceMs',
    'pollMs',
    'recoverMs',
  ]);
  if (kind === 'external' && resolved.batchSize !== 1) {
    throw new InvalidOptionsError(
      `batchSize (${resolved.batchSize}): an external handler takes one submission a call; use concurrency.`,
    );
  }
  checkPositive('backoffMs', resolved.backoffMs);
  if (resolved.backoffMs.base > resolved.backoffMs.max) {
    throw new InvalidOptionsError(
      `backoffMs: base (${resolved.backoffMs.base}) must not exceed max (${resolved.backoffMs.max}).`,
    );
  }
  return resolved;
}

/** Each slot of a worker holds a connection while it settles; recovery, leases and views need more. */
export function checkConnections(worker: ResolvedWorkerOptions, queue: ResolvedQueueOptions): void {
  if (typeof queue.postgres === 'string' && worker.concurrency + 2 > queue.workConnections) {
    throw new InvalidOptionsError(
      `concurrency (${worker.concurrency}) needs workConnections (${queue.workConnections}) of at least ${worker.concurrency + 2}.`,
    );
  }
}

function checkWhole<T extends object>(options: T, keys: readonly (keyof T & string)[]): void {
  for (const key of keys) {
    const value: unknown = options[key];
    if (!Number.isSafeInteger(value) || Number(value) < 1) {
      throw new InvalidOptionsError(`${key} (${String(value)}) must be a whole number of at least 1.`);
    }
  }
}

function checkPositive(name: string, range: Readonly<Record<string, number>>): void {
  for (const [key, value] of Object.entries(range)) {
    if (!(value > 0 && value < Number.POSITIVE_INFINITY)) {
      throw new InvalidOptionsError(`${name}.${key} (${value}) must be a positive number of milliseconds.`);
    }
  }
}
