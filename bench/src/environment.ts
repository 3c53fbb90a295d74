import { cpus, totalmem } from 'node:os';
import type { Stand } from './stand.ts';

const GIB = 1024 ** 3;

/** What the figures hold for, in one line. */
export async function describeEnvironment(stand: Stand): Promise<string> {
  const redis = /redis_version:(\S+)/.exec(await stand.client.info('server'))?.[1];
  await using database = await stand.database();
  const { rows } = await database.pool.query<{ version: string }>(
    "SELECT current_setting('server_version') AS version",
  );
  const [cpu] = cpus();
  return [
    new Date().toISOString().slice(0, 10),
    `${cpus().length} cores of ${cpu?.model.trim()}, ${Math.round(totalmem() / GIB)} GiB`,
    `Node ${process.versions.node}`,
    `Redis ${redis} (appendonly yes, appendfsync always)`,
    `Postgres ${rows[0]?.version} (fsync on, synchronous_commit on)`,
  ].join(' · ');
}
