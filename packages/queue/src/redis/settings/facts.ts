import type { Redis } from 'ioredis';

/** What Redis is to the queue: as `first` it acknowledges whatever its settings are, as `second` only where it keeps everything. */
export type RedisPart = 'first' | 'second';

/** What a Redis says of itself. */
export interface RedisFacts {
  /** INFO */
  readonly info: ReadonlyMap<string, string>;
  /** CONFIG GET; `undefined` where it is denied, as on most hosted ones. */
  readonly settings: ReadonlyMap<string, string> | undefined;
  readonly part: RedisPart;
  /** The log on disk holds all that Redis holds. Right after it was turned on, it does not yet, and Redis says "on" all the same. */
  readonly isLogWhole: boolean;
}

/** All that the rules read. CONFIG GET takes several names since Redis 7.0. */
const SETTINGS = [
  'appendonly',
  'appendfsync',
  'no-appendfsync-on-rewrite',
  'maxmemory',
  'maxmemory-policy',
  'maxmemory-clients',
  'client-output-buffer-limit',
  'save',
  'stop-writes-on-bgsave-error',
  'min-replicas-to-write',
] as const;
/** From this share of `maxmemory` on, Redis counts as full: it needs the rest to process its queue. */
const FULL_SHARE = 0.9;

export async function readFacts(client: Redis, part: RedisPart): Promise<RedisFacts> {
  const [text, settings] = await Promise.all([client.info('default', 'commandstats'), readSettings(client)]);
  const info = readInfo(text);
  return { info, settings, part, isLogWhole: isLogWhole(client, info) };
}

/** The state that each Redis was in when its log was last seen whole. */
const wholeIn = new WeakMap<Redis, string>();
/** What changes whenever the log may have been turned off: a restart, another role, a CONFIG SET. */
const STATE = ['run_id', 'master_replid', 'cmdstat_config|set'];

/**
 * After `CONFIG SET appendonly yes`, or on a replica that has just copied its primary, a restart finds no log until a first rewrite has
 * ended. Redis does not tell this rewrite from a later one. So the log counts as whole where no rewrite is running or due, and during a
 * rewrite only where it was seen whole before in the same state.
 */
function isLogWhole(client: Redis, info: ReadonlyMap<string, string>): boolean {
  const state = STATE.map((name) => info.get(name)).join(' ');
  const isOn = info.get('aof_enabled') === '1';
  const isAtRest = info.get('aof_rewrite_in_progress') === '0' && info.get('aof_rewrite_scheduled') === '0';
  if (isOn && isAtRest) wholeIn.set(client, state);
  return isOn && wholeIn.get(client) === state;
}

export function isFull({ info }: Pick<RedisFacts, 'info'>): boolean {
  const limit = numberOf(info, 'maxmemory');
  return limit > 0 && numberOf(info, 'used_memory') > limit * FULL_SHARE;
}

export function numberOf(info: ReadonlyMap<string, string>, name: string): number {
  return Number(info.get(name) ?? 0);
}

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
