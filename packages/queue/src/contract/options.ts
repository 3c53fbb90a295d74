import type { Cluster, Redis, RedisOptions } from 'ioredis';
import type { Pool } from 'pg';
import { InvalidOptionsError, kindOf } from './errors.ts';
import type { StoreName } from './errors.ts';
import { printDead } from './events.ts';
import type { QueueEvent } from './events.ts';
import { checkNames, checkObject, checkRange, checkWhole } from './option-check.ts';
import type { Schemas } from './payload-schema.ts';
import { DEFAULT_SCHEMA, checkSchema } from './schema-name.ts';
import { checkPostgres, checkRedis } from './store-target.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const KIB = 1024;

/** Which store acknowledges. See `QueueOptions.primary`. */
export type Primary = 'auto' | StoreName;

/** What `QueueOptions.redis` takes. */
export type RedisTarget =
  | string
  | RedisOptions
  | Redis
  | Cluster
  | (() => string | RedisOptions | Promise<string | RedisOptions>);

export interface QueueOptions {
  /** Name of the queue: `[a-z0-9_-]`, at most 64 characters. Queues share nothing but the servers. Default `default`. */
  readonly name?: string | undefined;
  /**
   * Redis >= 7.0 or Valkey >= 8: an address (`readRedisAddress`: also of Sentinels or a Cluster), ioredis options, an ioredis
   * instance - a Cluster, too -, or a function that gives an address or options of one Redis. The queue makes connections of its
   * own, with its own timeouts; it reads an instance's options, and calls a function, whenever it connects, so that credentials
   * may change. Omit to run on Postgres alone.
   */
  readonly redis?: RedisTarget | undefined;
  /**
   * Postgres >= 15: a URL, or a pg Pool that stays the caller's to close. A given pool serves accepting and working
   * alike, so give it `connectionTimeoutMillis` and connections for both; its `password` may be a function, which pg calls for
   * each connection.
   */
  readonly postgres: string | Pool;
  /**
   * The Postgres schema of the queue's tables. All statements name it, whatever the search_path of a connection. Default
   * `spillway`.
   */
  readonly schema?: string | undefined;
  /**
   * The schema of each form's data, by the form's name: zod, or any other Standard Schema. `enqueue` refuses data that does not
   * fit, and other forms. A handler gets the schema's output; a payload that no longer fits fails its attempt. The stores keep the
   * data as it was given. Default: any form and any JSON value.
   */
  readonly schemas?: Schemas | undefined;
  /**
   * Which store acknowledges. `auto`: Redis where its settings say that it keeps what it acknowledges
   * (`appendfsync always`, `noeviction`), else Postgres with Redis as the fast signal. `redis` is fastest and
   * holds as durably as that Redis is configured. `postgres` survives the total loss of Redis. Default `auto`.
   */
  readonly primary?: Primary | undefined;
  /**
   * Whether Postgres gets a copy of what Redis has acknowledged, within 50 ms while it keeps up: a failover or FLUSHALL of Redis then
   * loses at most what had no copy yet. `auto`: while Redis has a replica, since only then a failover can happen. Costs Postgres a row
   * for each submission that waits. Default `auto`.
   */
  readonly shadow?: 'auto' | boolean | undefined;
  /**
   * Whether a Redis that does not keep on disk what it acknowledges may acknowledge all the same where no other store does. The
   * answer says what it keeps (`keeps: 'memory'`), and Postgres gets a copy as soon as it is back. False: such a submission is refused.
   * Default true.
   */
  readonly lastResort?: boolean | undefined;
  /** Largest encoded `data`, in bytes. Larger ones cost every submission behind them. Default 256 KiB. */
  readonly maxBytes?: number | undefined;
  /** How many submissions Redis holds before new ones prefer Postgres. Bounds Redis' memory. Default 1,000,000. */
  readonly maxDepth?: number | undefined;
  /** Recovery stops pushing while Redis holds this many. Must be below `maxDepth`. Default 10,000. */
  readonly highWater?: number | undefined;
  /** `enqueue` settles within this time, in ms. Longer means fewer refusals, and slower ones. Default 2,000. */
  readonly deadlineMs?: number | undefined;
  /**
   * If the first store does not answer for this long, the second is written as well, in ms; adapts between the two. Default 20 to
   * 150.
   */
  readonly hedgeMs?: { readonly min: number; readonly max: number } | undefined;
  /** How long outcomes are kept, in ms: the horizon within which a repeat is recognised. Default 30 days. */
  readonly retentionMs?: number | undefined;
  /** Connections to Postgres for accepting. They are apart from the worker's, so that work cannot starve accepting. Default 4. */
  readonly acceptConnections?: number | undefined;
  /** Connections to Postgres for working and viewing. Default 8. */
  readonly workConnections?: number | undefined;
  /**
   * Called for every event of the queue and of its workers, from the first one on; `event.event` says which `QueueEvents`
   * it is. What it throws is dropped. Default: a submission that dies is printed to stderr, and nothing else is reported.
   */
  readonly onEvent?: ((event: QueueEvent) => void) | undefined;
}

/** With every default filled in. */
export type Resolved<Options> = { readonly [Key in keyof Options]-?: Exclude<Options[Key], undefined> };

export interface ResolvedQueueOptions extends Resolved<Omit<QueueOptions, 'redis' | 'schemas'>> {
  readonly schemas: Schemas | undefined;
  readonly redis: RedisTarget | undefined;
}

const QUEUE_NAME = /^[a-z0-9_-]{1,64}$/;

/** Fills defaults and checks ranges and relations. Throws `InvalidOptionsError` naming the option and the remedy. */
export function resolveQueueOptions(options: QueueOptions): ResolvedQueueOptions {
  checkObject('createQueue', options);
  const resolved: ResolvedQueueOptions = {
    name: options.name ?? 'default',
    redis: options.redis,
    postgres: options.postgres,
    schema: options.schema ?? DEFAULT_SCHEMA,
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
    onEvent: options.onEvent ?? printDead,
  };
  checkNames('createQueue', options, Object.keys(resolved));
  if (typeof resolved.name !== 'string' || !QUEUE_NAME.test(resolved.name)) {
    throw new InvalidOptionsError(
      `name ${JSON.stringify(resolved.name)}: use a-z, 0-9, "-" and "_", at most 64.`,
    );
  }
  checkSchema(resolved.schema);
  checkPostgres(resolved.postgres);
  if (resolved.redis !== undefined) checkRedis(resolved.redis);
  if (resolved.schemas !== undefined) checkSchemas(resolved.schemas);
  if (typeof resolved.onEvent !== 'function') {
    throw new InvalidOptionsError(
      `onEvent is ${kindOf(resolved.onEvent)}. Give a function that takes an event.`,
    );
  }
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
  checkRange('hedgeMs', resolved.hedgeMs, ['min', 'max']);
  if (resolved.hedgeMs.min > resolved.hedgeMs.max || resolved.hedgeMs.max * 2 > resolved.deadlineMs) {
    throw new InvalidOptionsError(
      `hedgeMs: min (${resolved.hedgeMs.min}) must not exceed max (${resolved.hedgeMs.max}), and twice max must not exceed deadlineMs (${resolved.deadlineMs}).`,
    );
  }
  return resolved;
}

function checkSchemas(schemas: Schemas): void {
  checkObject('schemas', schemas);
  for (const [form, schema] of Object.entries<unknown>(schemas)) {
    const standard: unknown = Object(schema)['~standard'];
    if (typeof Object(standard).validate === 'function') continue;
    throw new InvalidOptionsError(
      `schemas.${form} is no Standard Schema. Give a schema of zod 4, valibot, arktype or another that is one.`,
    );
  }
}
