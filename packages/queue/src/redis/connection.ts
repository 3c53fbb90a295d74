import { Redis } from 'ioredis';
import type { Cluster, RedisOptions } from 'ioredis';
import { readRedisAddress } from './address.ts';
import { KEYS } from './scripts/prelude.ts';
import { SCRIPTS } from './scripts/scripts.ts';

/** Everything in Redis begins with this; the queue's name follows as hash tag. */
export const KEY_PREFIX = 'spillway:';

/** One Redis, or a Cluster: all keys of a queue share a hash tag, so that one node holds them. */
export type RedisClient = Redis | Cluster;

type Role = 'accept' | 'work' | 'block';

/** What a command may take before its caller stops waiting, in ms; it may still take effect. */
const COMMAND_TIMEOUT_MS: Record<Role, number | undefined> = {
  accept: 250,
  work: 2_000,
  // commandTimeout fires on blocking commands too (redis/ioredis#1630).
  block: undefined,
};

const SOCKET_TIMEOUT_MS: Record<Role, number | undefined> = {
  accept: 1_000,
  work: 3_000,
  // Its waits are as long as their caller says, which limits them (`wake-listener.ts`).
  block: undefined,
};

/** Calls one of the queue's scripts; its name is checked, its keys are filled in. */
export type CallScript = (name: keyof typeof SCRIPTS, args: readonly (string | number)[]) => Promise<unknown>;

export interface RedisConnection {
  readonly client: RedisClient;
  readonly call: CallScript;
}

/**
 * Opens a connection that fails fast and never resends. Resending would turn a timeout into a second copy on a server that has lost
 * its data meanwhile, and the offline queue would make callers hang while Redis is down. `maxRetriesPerRequest: 0` goes with
 * `autoResendUnfulfilledCommands: false`: alone, the latter leaves promises pending without end in ioredis 6.0.0 (#2193).
 */
export function connect(
  address: string | RedisOptions | RedisClient,
  queue: string,
  role: Role,
): RedisConnection {
  const target = typeof address === 'string' ? readRedisAddress(address) : address;
  const client = isCluster(target) ? openCluster(target, role) : openRedis(target, role);
  const keys = KEYS.map((key) => `${KEY_PREFIX}{${queue}}:${key}`);
  for (const [name, lua] of Object.entries(SCRIPTS))
    client.defineCommand(name, { numberOfKeys: keys.length, lua });
  return {
    client,
    call: (name, args) => {
      const command: unknown = Reflect.get(client, name);
      if (typeof command !== 'function') throw new TypeError(`script ${name} is not defined`);
      return Reflect.apply(command, client, [...keys, ...args]);
    },
  };
}

/** By its properties, as in `isInstance`: the caller's object may come from another copy of ioredis. */
export function isCluster(target: string | RedisOptions | RedisClient): target is Cluster {
  return typeof target === 'object' && 'isCluster' in target && target.isCluster;
}

function isInstance(target: RedisOptions | Redis): target is Redis {
  return 'duplicate' in target;
}

function openRedis(target: string | RedisOptions | Redis, role: Role): Redis {
  const options = {
    ...(typeof target === 'string' ? {} : isInstance(target) ? target.options : target),
    ...nodeOptions(role),
    enableOfflineQueue: false,
    lazyConnect: false,
    retryStrategy,
  } satisfies RedisOptions;
  return typeof target === 'string' ? new Redis(target, options) : new Redis(options);
}

/**
 * A copy of the given Cluster that resends nothing: it follows a redirection, since the node that sent it has done nothing, but
 * does not try another node when a connection breaks.
 */
function openCluster(target: Cluster, role: Role): Cluster {
  return target.duplicate([], {
    redisOptions: nodeOptions(role),
    enableOfflineQueue: false,
    lazyConnect: false,
    clusterRetryStrategy: retryStrategy,
    maxRedirections: 3,
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
  });
}

function nodeOptions(role: Role) {
  const timeoutMs = COMMAND_TIMEOUT_MS[role];
  const socketTimeoutMs = SOCKET_TIMEOUT_MS[role];
  return {
    connectTimeout: 500,
    ...(socketTimeoutMs === undefined ? {} : { socketTimeout: socketTimeoutMs }),
    ...(timeoutMs === undefined ? {} : { commandTimeout: timeoutMs }),
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    // Without the permission, ACL LOG notes each CLIENT SETINFO. Redis 7.0 does not know the command, and refuses a rule that names it.
    disableClientInfo: true,
    // The scripts read flat lists, whatever the protocol.
    replyMapping: 'legacy',
    // A replica answers READONLY until it is promoted, or the new primary is reached. 1 = reconnect, never 2 = and resend.
    reconnectOnError: (error: Error) => (error.message.startsWith('READONLY') ? 1 : false),
  } satisfies RedisOptions;
}

function retryStrategy(times: number): number {
  return Math.min(1_000, 50 * 2 ** Math.min(times, 10)) * (0.5 + Math.random() / 2);
}

/** A real write, for probes: PING succeeds on a Redis that is full or a replica. */
export async function writeProbe(client: RedisClient, queue: string): Promise<void> {
  await client.set(`${KEY_PREFIX}{${queue}}:probe`, 1, 'PX', 1_000);
}

/** Errors of ioredis itself for commands that it has no connection for. */
const NEVER_SENT = /^(Stream isn't writeable|Cluster isn't ready)/;

/**
 * Whether a failed write certainly did not happen: Redis refused it, or it was never sent. After timeouts and broken connections it
 * is unknown.
 */
export function wasRefused(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.name === 'ReplyError' || NEVER_SENT.test(error.message);
}

/** Refusals that last longer than a moment: the breaker opens at the first one. */
export function isLasting(error: unknown): boolean {
  return (
    error instanceof Error &&
    (NEVER_SENT.test(error.message) ||
      /^(READONLY|OOM|MISCONF|NOREPLICAS|NOAUTH|WRONGPASS|NOPERM|CLUSTERDOWN|LOADING|WRONGTYPE)\b/.test(
        error.message,
      ))
  );
}
