import { freePort } from './port.ts';
import { startRedis, type RedisServer } from './redis.ts';
import { waitFor } from './wait.ts';

const SLOTS = 16_384;
const NODE_TIMEOUT_MS = 1_000;

/** A Redis Cluster of our own: masters only, the slots shared out evenly, in order. */
export interface RedisCluster {
  readonly nodes: readonly RedisServer[];
  /** The node that holds the key: the part in braces decides, where there is one. */
  nodeOf(key: string): Promise<RedisServer>;
  stop(): Promise<void>;
}

/** Starts a Cluster on 127.0.0.1 and resolves once every node says that all slots are served. */
export async function startRedisCluster(options: { nodes?: number } = {}): Promise<RedisCluster> {
  const count = options.nodes ?? 3;
  const nodes = await Promise.all(Array.from({ length: count }, startNode));
  const rangeOf = (index: number) => ({
    from: Math.floor((SLOTS * index) / count),
    to: Math.floor((SLOTS * (index + 1)) / count) - 1,
  });
  await Promise.all(
    nodes.map(({ server }, index) => {
      const { from, to } = rangeOf(index);
      return server.command('CLUSTER', 'ADDSLOTSRANGE', String(from), String(to));
    }),
  );
  const [first, ...others] = nodes;
  for (const { server, busPort } of others) {
    await first?.server.command('CLUSTER', 'MEET', '127.0.0.1', String(server.port), String(busPort));
  }
  const servers = nodes.map(({ server }) => server);
  await waitFor(() => Promise.all(servers.map((server) => isWhole(server, count))).then(all), {
    timeoutMs: 20_000,
    message: `a Cluster of ${count} nodes`,
  });
  return {
    nodes: servers,
    nodeOf: async (key) => {
      const slot = Number(await first?.server.command('CLUSTER', 'KEYSLOT', key));
      const index = nodes.findIndex((_, candidate) => slot <= rangeOf(candidate).to);
      const server = servers[index];
      if (server === undefined) throw new Error(`No node holds slot ${slot}.`);
      return server;
    },
    stop: async () => {
      await Promise.all(servers.map((server) => server.stop()));
    },
  };
}

async function startNode(): Promise<{ server: RedisServer; busPort: number }> {
  // By default 10,000 above the other, where systems take the ports of outgoing connections from.
  const busPort = await freePort();
  const settings = {
    'cluster-enabled': 'yes',
    'cluster-port': String(busPort),
    'cluster-node-timeout': String(NODE_TIMEOUT_MS),
  };
  return { server: await startRedis({ settings }), busPort };
}

async function isWhole(server: RedisServer, count: number): Promise<boolean> {
  const info = String(await server.command('CLUSTER', 'INFO'));
  return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${count}\r`);
}

function all(answers: readonly boolean[]): boolean {
  return answers.every(Boolean);
}
