import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { Daemon, prepareFolder } from './daemon.ts';
import { freePort } from './port.ts';
import { redisBinary } from './redis-binary.ts';
import { startRedis, type RedisServer } from './redis.ts';
import { waitFor } from './wait.ts';

const DOWN_AFTER_MS = 500;
const FAILOVER_TIMEOUT_MS = 2_000;

/** A master, a replica of it, and a Sentinel that promotes the replica when the master is gone. */
export interface SentinelGroup {
  /** What Sentinel calls the group. */
  readonly name: string;
  readonly sentinel: { readonly host: string; readonly port: number };
  readonly servers: readonly [RedisServer, RedisServer];
  /** The server that Sentinel takes for the master now. */
  master(): Promise<RedisServer>;
  stop(): Promise<void>;
}

/** Starts all three on 127.0.0.1 and resolves once Sentinel knows the replica. One Sentinel decides alone: for tests. */
export async function startSentinelGroup(name = 'spillway'): Promise<SentinelGroup> {
  const first = await startRedis();
  const second = await startRedis({ replicaOf: first });
  const port = await freePort();
  const folder = await prepareFolder(undefined, 'sentinel');
  const config = join(folder, 'sentinel.conf');
  const ask = (...args: string[]) => askSentinel(port, args);
  const daemon = new Daemon({
    name: 'Sentinel',
    folder,
    command: { file: await redisBinary(), args: [config, '--sentinel'] },
    stopSignal: 'SIGTERM',
    quitSignal: 'SIGTERM',
    prepare: () =>
      writeFile(
        config,
        `port ${port}\nbind 127.0.0.1\ndir "${folder}"\nsentinel monitor ${name} 127.0.0.1 ${first.port} 1\n` +
          `sentinel down-after-milliseconds ${name} ${DOWN_AFTER_MS}\n` +
          `sentinel failover-timeout ${name} ${FAILOVER_TIMEOUT_MS}\n`,
      ),
    probe: () => ask('PING'),
  });
  await daemon.start();
  await waitFor(async () => String(await ask('SENTINEL', 'REPLICAS', name)).includes(String(second.port)), {
    timeoutMs: 20_000,
    message: 'Sentinel to know the replica',
  });
  return {
    name,
    sentinel: { host: '127.0.0.1', port },
    servers: [first, second],
    master: async () => {
      const address = String(await ask('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name));
      return address.endsWith(String(second.port)) ? second : first;
    },
    stop: async () => {
      await daemon.kill();
      await Promise.all([first.stop(), second.stop()]);
    },
  };
}

async function askSentinel(port: number, [command = '', ...args]: string[]): Promise<unknown> {
  const client = new Redis({
    host: '127.0.0.1',
    port,
    lazyConnect: true,
    retryStrategy: () => null,
    enableReadyCheck: false,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    return await client.call(command, ...args);
  } finally {
    client.disconnect();
  }
}
