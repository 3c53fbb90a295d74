import type { Redis } from 'ioredis';
import { withTimeout } from '../../util/deadline.ts';
import { worstFirst } from '../../contract/setting-check.ts';
import type { Finding } from '../../contract/setting-check.ts';
import { isCluster } from '../connection.ts';
import type { RedisClient } from '../connection.ts';
import { judgeRedis } from './rules.ts';
import type { RedisFacts, RedisPart } from './rules.ts';

/** How long a connection that is still being made is waited for, ms. */
const CONNECT_WAIT_MS = 1_000;
const SETTINGS = [
  'appendonly',
  'appendfsync',
  'no-appendfsync-on-rewrite',
  'maxmemory',
  'maxmemory-policy',
  'save',
  'stop-writes-on-bgsave-error',
  'min-replicas-to-write',
] as const;

/** Looks at every master: for each setting the worst one counts. Rejects where Redis cannot be asked. */
export async function findInRedis(client: RedisClient, part: RedisPart): Promise<Finding[]> {
  await untilReady(client);
  if (!isCluster(client)) return findInNode(client, part);
  const found = await Promise.all(
    client.nodes('master').map(async (node) => (await findInNode(node, part)).map(named(node))),
  );
  const worst = new Map<string, Finding>();
  for (const finding of worstFirst(found.flat()))
    if (!worst.has(finding.setting)) worst.set(finding.setting, finding);
  return [...worst.values()];
}

async function findInNode(client: Redis, part: RedisPart): Promise<Finding[]> {
  const [info, settings] = await Promise.all([client.info(), readSettings(client)]);
  return judgeRedis({ info: readInfo(info), settings }, part).map((verdict) => ({
    store: 'redis',
    ...verdict,
  }));
}

function named({ options: { host, port } }: Redis): (finding: Finding) => Finding {
  return (finding) =>
    finding.severity === 'ok' ? finding : { ...finding, message: `On ${host}:${port}: ${finding.message}` };
}

/** Where CONFIG is denied, as on most hosted ones: `undefined`. */
async function readSettings(client: Redis): Promise<RedisFacts['settings']> {
  try {
    const reply: unknown = await client.config('GET', ...SETTINGS);
    const settings = new Map<string, string>();
    if (Array.isArray(reply))
      for (let i = 0; i < reply.length; i += 2) settings.set(String(reply[i]), String(reply[i + 1]));
    return settings;
  } catch (error) {
    if (error instanceof Error && error.name === 'ReplyError') return undefined;
    throw error;
  }
}

function readInfo(text: string): Map<string, string> {
  const pairs = text.split(/\r?\n/).map((line) => line.split(':', 2));
  return new Map(pairs.flatMap(([name, value]) => (name && value !== undefined ? [[name, value]] : [])));
}

/** A command on a connection that is being made would be refused at once: nothing is queued on it. */
async function untilReady(client: RedisClient): Promise<void> {
  if (client.status === 'ready') return;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  client.once('ready', resolve);
  client.once('error', reject);
  try {
    await withTimeout(CONNECT_WAIT_MS, promise);
  } finally {
    client.off('ready', resolve);
    client.off('error', reject);
  }
}
