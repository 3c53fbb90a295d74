import { mkdir, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { prepareFolder } from './daemon.ts';
import { lockFolder } from './lock.ts';
import { freePort, isPortFree } from './port.ts';
import { type PostgresServer, startPostgres } from './postgres.ts';
import { passableMode, rememberedPassword, tighten, writePrivate } from './private-files.ts';
import { identify, isRunning } from './process.ts';
import { type RedisServer, startRedis } from './redis.ts';
import { RedisUnavailableError } from './redis-binary.ts';
import { waitFor } from './wait.ts';

const ORPHANS_END_MS = 5_000;

export interface StackOptions {
  /** Keeps data, ports and state here, between runs as well. */
  root: string;
  /** The address of an existing Postgres; then no Postgres is started. */
  databaseUrl?: string | undefined;
  /** The address of an existing Redis; then no Redis is started. */
  redisUrl?: string | undefined;
}

/** The services of one installation. The services that it started end with this process. */
export interface Stack {
  databaseUrl: string;
  /** Undefined where no Redis can be had: the system then runs on Postgres alone. */
  redisUrl: string | undefined;
  postgres?: PostgresServer;
  redis?: RedisServer;
  stop(): Promise<void>;
}

/** What other processes read in `stack.json` while a stack runs. */
export interface StackState {
  pid: number;
  /** With the pid, it names the process also after pids were used again. */
  startedAt: string;
  databaseUrl: string;
  redisUrl?: string;
  /** Whether it started both itself: then they may be broken at will. */
  ownsBoth?: boolean;
}

/**
 * Starts Postgres and Redis side by side, on the ports of the last run where these are free, then says so in
 * `stack.json`. Without a Redis to start it says on stderr how to get one, and goes on.
 * @throws when a stack runs in the same root already; the message names its process.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const root = resolve(options.root);
  await mkdir(root, { recursive: true, mode: passableMode() });
  await tighten(root, passableMode());
  const lock = await lockFolder(root, 'The local stack');
  const servers: { postgres?: PostgresServer; redis?: RedisServer } = {};
  const stop = async () => {
    await rm(statePath(root), { force: true });
    await Promise.all([servers.postgres?.stop(), servers.redis?.stop()]);
    lock.release();
  };
  try {
    await startServers({ ...options, root }, servers);
    const databaseUrl = options.databaseUrl || servers.postgres?.url || '';
    const redisUrl = options.redisUrl || servers.redis?.url;
    const ownsBoth = servers.postgres !== undefined && servers.redis !== undefined;
    await writeState(root, { databaseUrl, ...(redisUrl && { redisUrl }), ownsBoth });
    let stopping: Promise<void> | undefined;
    return { databaseUrl, redisUrl, ...servers, stop: () => (stopping ??= stop()) };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The stack that runs in this root, if one does. */
export async function readStackState(root: string): Promise<StackState | undefined> {
  const state = await readJson<StackState>(statePath(root));
  return state && isRunning(state) ? state : undefined;
}

async function startServers(
  { root, databaseUrl, redisUrl }: StackOptions,
  servers: { postgres?: PostgresServer; redis?: RedisServer },
): Promise<void> {
  const ports = await rememberPorts(root);
  const results = await Promise.allSettled([
    databaseUrl
      ? undefined
      : startPostgres({ dataDir: join(root, 'postgres'), port: ports.postgres }).then((server) => {
          servers.postgres = server;
        }),
    redisUrl
      ? undefined
      : startRedisIfAny(join(root, 'redis'), ports.redis).then((server) => {
          if (server) servers.redis = server;
        }),
  ]);
  const failure = results.find((result) => result.status === 'rejected');
  if (failure) throw failure.reason;
}

/** With a password: every user of this machine reaches the port. */
async function startRedisIfAny(folder: string, port: number): Promise<RedisServer | undefined> {
  const dataDir = await prepareFolder(folder, 'redis');
  const requirepass = await rememberedPassword(dataDir);
  try {
    return await startRedis({ dataDir, port, settings: { requirepass } });
  } catch (error) {
    if (!(error instanceof RedisUnavailableError)) throw error;
    process.stderr.write(`${error.message} Until then everything runs on Postgres alone.\n`);
    return undefined;
  }
}

// The ports stay the same so that URLs in a developer's shell or editor remain valid. The servers of a killed run may be
// about to end, so wait for their ports; in other cases a port that is in use will stay in use.
async function rememberPorts(root: string): Promise<{ postgres: number; redis: number }> {
  const path = join(root, 'ports.json');
  const last = await readJson<{ postgres: number; redis: number }>(path);
  const patienceMs = (await readJson<StackState>(statePath(root))) ? ORPHANS_END_MS : 0;
  const [postgres, redis] = await Promise.all([
    freeOr(last?.postgres, patienceMs),
    freeOr(last?.redis, patienceMs),
  ]);
  await writePrivate(path, JSON.stringify({ postgres, redis }));
  return { postgres, redis };
}

async function freeOr(port: number | undefined, patienceMs: number): Promise<number> {
  if (port === undefined) return freePort();
  const free = waitFor(() => isPortFree(port), { timeoutMs: patienceMs });
  return free.then(() => port).catch(freePort);
}

async function writeState(root: string, facts: Omit<StackState, 'pid' | 'startedAt'>): Promise<void> {
  const self = identify(process.pid);
  if (!self) throw new Error(`Process ${process.pid} does not find itself in the process table.`);
  await writePrivate(statePath(root), JSON.stringify({ ...self, ...facts } satisfies StackState));
}

async function readJson<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T;
  } catch {
    return undefined;
  }
}

function statePath(root: string): string {
  return join(root, 'stack.json');
}
