import { execFile } from 'node:child_process';
import { join, resolve, sep } from 'node:path';
import { promisify } from 'node:util';
import { unpackDebian } from './debian-package.ts';

const run = promisify(execFile);
const OLDEST_MAJOR = 7;
/** The program is in redis-tools, its name in redis-server. */
const PACKAGED = {
  name: 'redis-server',
  packages: ['redis-server', 'redis-tools'],
  path: 'usr/bin/redis-server',
} as const;
const REPOSITORY = join(import.meta.dirname, '..', '..', '..');

/** No Redis can be run on this machine. The message says in one line how to get one. */
export class RedisUnavailableError extends Error {
  readonly code = 'REDIS_UNAVAILABLE';

  constructor(cause?: unknown) {
    super(
      `No Redis ${OLDEST_MAJOR}.0 or newer was found: set REDIS_URL or REDIS_SERVER, or install one ` +
        '(Debian, Ubuntu: apt-get install redis-server · macOS: brew install redis · docker run -p 6379:6379 redis).',
      { cause },
    );
    this.name = 'RedisUnavailableError';
  }
}

let found: Promise<string> | undefined;

/**
 * The Redis or Valkey server to run: `REDIS_SERVER`, else the one on PATH, else on Debian and Ubuntu one unpacked from
 * the distribution's packages into `.toolchain/redis`.
 * @throws RedisUnavailableError if none of them exists.
 */
export function redisBinary(): Promise<string> {
  found ??= findRedis();
  found.catch(() => (found = undefined));
  return found;
}

async function findRedis(): Promise<string> {
  const given = process.env['REDIS_SERVER'];
  if (given) {
    // The server runs in another folder: resolve relative paths against the current one.
    const binary = await examine(given.includes(sep) ? resolve(given) : given);
    if (binary) return binary;
    throw new Error(`REDIS_SERVER=${given} is no Redis server of version ${OLDEST_MAJOR}.0 or newer.`);
  }
  const unpacked = join(REPOSITORY, '.toolchain', 'redis');
  for (const candidate of ['redis-server', 'valkey-server', join(unpacked, 'redis-server')]) {
    const binary = await examine(candidate);
    if (binary) return binary;
  }
  try {
    const binary = await examine(await unpackDebian(unpacked, PACKAGED));
    if (binary) return binary;
  } catch (cause) {
    throw new RedisUnavailableError(cause);
  }
  throw new RedisUnavailableError();
}

async function examine(path: string): Promise<string | undefined> {
  try {
    const { stdout } = await run(path, ['--version']);
    const version = /v=(\d+\.\d+\.\d+)/.exec(stdout)?.[1];
    return version && Number.parseInt(version, 10) >= OLDEST_MAJOR ? path : undefined;
  } catch {
    return undefined;
  }
}
