import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { Daemon, prepareFolder } from './daemon.ts';
import { freePort } from './port.ts';
import { PRIVATE_FOLDER, tighten, writePrivate } from './private-files.ts';
import { redisBinary } from './redis-binary.ts';

const ANSWER_TIMEOUT_MS = 30_000;

// Acknowledged data is on disk, and nothing is evicted: the queue lets only such a Redis acknowledge.
const DEFAULTS = {
  bind: '127.0.0.1',
  appendonly: 'yes',
  appendfsync: 'always',
  'maxmemory-policy': 'noeviction',
  save: '""',
  'enable-debug-command': 'yes',
  // Replicas that lag would otherwise delay the end by 10 s.
  'shutdown-timeout': '1',
  // Nor should a new replica wait 5 s for a second one to come.
  'repl-diskless-sync-delay': '0',
};

// Nothing listens there, so that the data stays while it waits for a master that never comes.
const NO_MASTER = ['127.0.0.1', '1'];

export interface RedisOptions {
  /** Keeps its data here. Default: a fresh temporary folder that goes when this process ends. */
  dataDir?: string;
  /** On 127.0.0.1. Default: a free one. */
  port?: number;
  /** Lines of redis.conf that replace or join the defaults. */
  settings?: Record<string, string>;
  /** Follows the master on this port of 127.0.0.1. */
  replicaOf?: { port: number };
}

/** A Redis of our own. It ends with this process, also when that is killed. */
export interface RedisServer {
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  /** Of the running server, else of the last one. */
  readonly pid: number;
  /** Ends it in good order, or with SIGKILL after 5 s. Data and port are kept for `start`. */
  stop(): Promise<void>;
  /** SIGKILL; resolves once it is gone. */
  kill(): Promise<void>;
  /** SIGSTOP: connections stay open and nothing answers. */
  freeze(): Promise<void>;
  resume(): Promise<void>;
  /** Starts it again on the same port and data; nothing to do while it runs. */
  start(): Promise<void>;
  /** Kills it, deletes its data and starts it: a Redis that forgot. */
  restartEmpty(): Promise<void>;
  /** FLUSHALL. */
  flush(): Promise<void>;
  /** Refuses writes with READONLY, as a replica; off makes it a master. The data is kept. */
  setReadOnly(on: boolean): Promise<void>;
  /** Sets `maxmemory` to three quarters of the used memory: writes get OOM until `unfill`, or until much is deleted. */
  fill(): Promise<void>;
  /** Takes the limit off again. */
  unfill(): Promise<void>;
  /** CONFIG SET, until the next start. */
  config(settings: Record<string, string>): Promise<void>;
  /** Sends any command, each on a connection of its own. */
  command(...args: string[]): Promise<unknown>;
}

/**
 * Starts a Redis (or Valkey) on 127.0.0.1 and resolves once it answers. It keeps what it acknowledges:
 * `appendonly yes, appendfsync always, noeviction`, unless the settings say otherwise.
 * @throws RedisUnavailableError if this machine has no Redis and none can be installed.
 */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const binary = await redisBinary();
  const dataDir = await prepareFolder(options.dataDir, 'redis');
  const port = options.port ?? (await freePort());
  const data = join(dataDir, 'data');
  const settings = { ...DEFAULTS, ...replication(options), ...options.settings };
  const password = options.settings?.['requirepass'];
  const url = `redis://${password ? `:${encodeURIComponent(password)}@` : ''}127.0.0.1:${port}`;
  const command = (...args: string[]) => sendCommand(url, args);
  const daemon = new Daemon({
    name: 'Redis',
    folder: dataDir,
    command: { file: binary, args: [join(dataDir, 'redis.conf')] },
    stopSignal: 'SIGTERM',
    quitSignal: 'SIGTERM',
    prepare: async () => {
      await mkdir(data, { recursive: true });
      await tighten(data, PRIVATE_FOLDER);
      await writePrivate(
        join(dataDir, 'redis.conf'),
        configFile({ port: String(port), dir: `"${data}"`, ...settings }),
      );
    },
    probe: () => command('PING'),
  });
  await daemon.start();
  return {
    url,
    port,
    dataDir,
    get pid() {
      return daemon.pid;
    },
    start: () => daemon.start(),
    stop: () => daemon.stop(),
    kill: () => daemon.kill(),
    freeze: async () => daemon.freeze(),
    resume: async () => daemon.resume(),
    restartEmpty: async () => {
      await daemon.kill();
      await rm(data, { recursive: true, force: true });
      await daemon.start();
    },
    flush: async () => {
      await command('FLUSHALL');
    },
    setReadOnly: async (on) => {
      await command('REPLICAOF', ...(on ? NO_MASTER : ['NO', 'ONE']));
    },
    fill: async () => {
      const info = String(await command('INFO', 'memory'));
      const usedBytes = Number(/used_memory:(\d+)/.exec(info)?.[1]);
      await command('CONFIG', 'SET', 'maxmemory', String(Math.floor(usedBytes * 0.75)));
    },
    unfill: async () => {
      await command('CONFIG', 'SET', 'maxmemory', options.settings?.['maxmemory'] ?? '0');
    },
    config: async (changes) => {
      await command('CONFIG', 'SET', ...Object.entries(changes).flat());
    },
    command,
  };
}

function replication({ replicaOf, settings }: RedisOptions): Record<string, string> {
  if (!replicaOf) return {};
  const password = settings?.['requirepass'];
  return { replicaof: `127.0.0.1 ${replicaOf.port}`, ...(password && { masterauth: password }) };
}

function configFile(settings: Record<string, string>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} ${value || '""'}\n`)
    .join('');
}

async function sendCommand(url: string, [name = '', ...args]: string[]): Promise<unknown> {
  const client = new Redis(url, {
    lazyConnect: true,
    enableReadyCheck: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    connectTimeout: ANSWER_TIMEOUT_MS,
    commandTimeout: ANSWER_TIMEOUT_MS,
    // After a refused connection its timer would keep the process alive for all of it, 2 s by default.
    disconnectTimeout: 100,
  });
  let reason: unknown;
  client.on('error', (error) => (reason = error));
  try {
    await client.connect();
    return await client.call(name, ...args);
  } catch (error) {
    throw reason ?? error;
  } finally {
    client.disconnect();
  }
}
