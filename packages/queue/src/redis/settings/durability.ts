import type { Redis } from 'ioredis';
import type { Audit } from '../../contract/durability.ts';
import type { Keeps } from '../../contract/store.ts';
import { isCluster } from '../connection.ts';
import type { RedisClient } from '../connection.ts';

const SETTINGS = ['appendonly', 'appendfsync', 'no-appendfsync-on-rewrite', 'maxmemory', 'maxmemory-policy'];
/** From this share of `maxmemory` on, Redis counts as full: what it still takes, working off its queue needs. */
const FULL_SHARE = 0.9;

const WORST_FIRST: readonly Keeps[] = ['unknown', 'memory', 'second', 'disk'];

/** Reads what this Redis keeps when it crashes, and whether it has room. A Cluster is as good as its worst master. */
export async function auditRedis(client: RedisClient): Promise<Audit> {
  if (!isCluster(client)) return auditNode(client);
  const audits = await Promise.all(client.nodes('master').map(auditNode));
  const [worst] = audits.toSorted((a, b) => WORST_FIRST.indexOf(a.keeps) - WORST_FIRST.indexOf(b.keeps));
  if (worst === undefined) throw new Error('no master of the Redis Cluster is known');
  return { ...worst, full: audits.some((audit) => audit.full) };
}

async function auditNode(client: Redis): Promise<Audit> {
  const [audit, full] = await Promise.all([auditSettings(client), isFull(client)]);
  return { ...audit, full };
}

async function isFull(client: Redis): Promise<boolean> {
  const memory = await client.info('memory');
  const field = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(memory)?.[1] ?? 0);
  const maxBytes = field('maxmemory');
  return maxBytes > 0 && field('used_memory') > maxBytes * FULL_SHARE;
}

/** Where CONFIG is denied, as on most hosted ones, it is unknown what they keep. */
async function auditSettings(client: Redis): Promise<Audit> {
  let reply: unknown;
  try {
    reply = await client.config('GET', ...asPair(SETTINGS));
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ReplyError') throw error;
    return {
      keeps: 'unknown',
      durability: 'what a crash of Redis would lose is unknown: it does not let us read its settings',
    };
  }
  const settings = new Map<string, string>();
  if (Array.isArray(reply))
    for (let i = 0; i < reply.length; i += 2) settings.set(String(reply[i]), String(reply[i + 1]));
  return judge(settings);
}

/** The verdict on a Redis' settings, worst finding first. */
export function judge(settings: ReadonlyMap<string, string>): Audit {
  const policy = settings.get('maxmemory-policy') ?? 'unknown';
  if (settings.get('maxmemory') !== '0' && policy !== 'noeviction') {
    return {
      keeps: 'memory',
      durability: `Redis may drop what it holds when its memory is full: maxmemory-policy is ${policy}`,
    };
  }
  if (settings.get('appendonly') !== 'yes') {
    return {
      keeps: 'memory',
      durability: 'a crash of Redis now would lose what it holds: appendonly is off',
    };
  }
  const fsync = settings.get('appendfsync') ?? 'unknown';
  if (fsync === 'everysec') {
    return {
      keeps: 'second',
      durability: 'a crash of the machine now would lose about the last second: appendfsync is everysec',
    };
  }
  if (fsync !== 'always') {
    return {
      keeps: 'memory',
      durability: `a crash of the machine now would lose what was not yet written to disk: appendfsync is ${fsync}`,
    };
  }
  if (settings.get('no-appendfsync-on-rewrite') !== 'no') {
    return {
      keeps: 'second',
      durability:
        'a crash during a rewrite of the log would lose what came since: no-appendfsync-on-rewrite is not off',
    };
  }
  return {
    keeps: 'disk',
    durability: 'a crash loses nothing acknowledged: every write is on disk before it is answered',
  };
}

/** CONFIG GET takes any number of names since Redis 7.0; the types of ioredis ask for at least one. */
function asPair(names: readonly string[]): [string, ...string[]] {
  const [first = '*', ...rest] = names;
  return [first, ...rest];
}
