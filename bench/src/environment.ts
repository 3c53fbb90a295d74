import { readFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import type { Harness } from './harness.ts';

const GIB = 1024 ** 3;
const MODULES = join(import.meta.dirname, '../node_modules');
const PACKAGES = ['ioredis', 'pg', 'bullmq', 'bee-queue', 'pg-boss', 'graphile-worker'];

/** What the figures hold for, in one line. */
export async function describeEnvironment(harness: Harness): Promise<string> {
  const redis = /redis_version:(\S+)/.exec(await harness.client.info('server'))?.[1];
  await using database = await harness.database();
  const { rows } = await database.pool.query<{ version: string }>(
    "SELECT current_setting('server_version') AS version",
  );
  const [cpu] = cpus();
  return [
    new Date().toISOString().slice(0, 10),
    `${cpus().length} cores of ${cpu?.model.trim()}, ${Math.round(totalmem() / GIB)} GiB`,
    `Node ${process.versions.node} (${(await Promise.all(PACKAGES.map(withVersion))).join(', ')})`,
    `Redis ${redis} (appendonly yes, appendfsync always)`,
    `Postgres ${rows[0]?.version} (fsync on, synchronous_commit on)`,
  ].join(' · ');
}

async function withVersion(name: string): Promise<string> {
  const manifest: { version: string } = JSON.parse(
    await readFile(join(MODULES, name, 'package.json'), 'utf8'),
  );
  return `${name} ${manifest.version}`;
}
