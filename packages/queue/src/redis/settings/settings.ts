import type { Redis } from 'ioredis';
import type { StoreDurability } from '../../contract/durability.ts';
import { checkSettings, durabilityOf, leastOf, worstFirst } from '../../contract/setting-check.ts';
import type { SettingCheck } from '../../contract/setting-check.ts';
import { withTimeout } from '../../util/deadline.ts';
import { isCluster } from '../connection.ts';
import type { RedisClient } from '../connection.ts';
import { isFull, numberOf, readFacts } from './facts.ts';
import type { RedisPart } from './facts.ts';
import { REDIS_RULES } from './rules.ts';
import { SOUND, WRITE_RULES } from './write-rules.ts';

/** How long a connection that is still being made is waited for, ms. */
const CONNECT_WAIT_MS = 1_000;

/** Checks every master: for each setting the worst one counts. Rejects where Redis cannot be asked. */
export async function checkRedis(client: RedisClient, part: RedisPart): Promise<SettingCheck[]> {
  await untilReady(client);
  const checkNode = async (node: Redis) => checkSettings('redis', REDIS_RULES, await readFacts(node, part));
  if (!isCluster(client)) return checkNode(client);
  const found = await Promise.all(
    client.nodes('master').map(async (node) => (await checkNode(node)).map(named(node))),
  );
  const worst = new Map<string, SettingCheck>();
  for (const check of worstFirst(found.flat()))
    if (!worst.has(check.setting)) worst.set(check.setting, check);
  return [...worst.values()];
}

/** What this Redis keeps when it crashes, and whether it has room. A Cluster is as good as its worst master. */
export async function readRedisDurability(client: RedisClient): Promise<StoreDurability> {
  if (!isCluster(client)) return nodeDurability(client);
  const all = await Promise.all(client.nodes('master').map(nodeDurability));
  const least = leastOf(all);
  if (least === undefined) throw new Error('no master of the Redis Cluster is known');
  return {
    ...least,
    full: all.some((one) => one.full),
    isReplicated: all.some((one) => one.isReplicated),
  };
}

async function nodeDurability(node: Redis): Promise<StoreDurability> {
  // Which part it plays changes what a loss means, and not what is lost.
  const facts = await readFacts(node, 'second');
  return {
    ...durabilityOf(WRITE_RULES, facts, SOUND),
    full: isFull(facts),
    isReplicated: numberOf(facts.info, 'connected_slaves') > 0,
  };
}

function named({ options: { host, port } }: Redis): (check: SettingCheck) => SettingCheck {
  return (check) =>
    check.severity === 'ok' ? check : { ...check, message: `On ${host}:${port}: ${check.message}` };
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
