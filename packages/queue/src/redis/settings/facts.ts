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
}

/** All that the rules read. CONFIG GET takes several names since Redis 7.0. */
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
/** From this share of `maxmemory` on, Redis counts as full: it needs the rest to process its queue. */
const FULL_SHARE = 0.9;

/** `sections`: of INFO; all by default. */
export async function readFacts(
  client: Redis,
  part: RedisPart,
  ...sections: readonly string[]
): Promise<RedisFacts> {
  const [info, settings] = await Promise.all([client.info(...sections), readSettings(client)]);
  return { info: readInfo(info), settings, part };
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
