import { execFile } from 'node:child_process';
import { appendFile, chown, copyFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { prepareFolder } from './daemon.ts';
import { postgresPrograms, runAs } from './postgres-binary.ts';
import { withClient } from './postgres-errands.ts';
import { type PostgresServer, startPostgres } from './postgres.ts';
import { passableMode } from './private-files.ts';

const run = promisify(execFile);
const APPLICATION = 'standby';

/**
 * Starts a standby that streams from the given primary, asynchronously, and answers reads. `SELECT pg_promote()` on it makes
 * it a primary of its own. Its data is copied under `pg_backup_start`: the embedded Postgres has no pg_basebackup.
 */
export async function startStandby(primary: PostgresServer): Promise<PostgresServer> {
  const dataDir = await prepareFolder(undefined, 'postgres', passableMode());
  const data = join(dataDir, 'data');
  const label = await withClient(primary.url, async (client) => {
    await client.query('SELECT pg_backup_start($1, true)', [APPLICATION]);
    await run('cp', ['-a', join(primary.dataDir, 'data'), data]);
    const { rows } = await client.query<{ labelfile: string }>('SELECT labelfile FROM pg_backup_stop(false)');
    return rows[0]?.labelfile ?? '';
  });
  await rm(join(data, 'postmaster.pid'), { force: true });
  await rm(join(data, 'postmaster.opts'), { force: true });
  const { owner } = await runAs([postgresPrograms(), dataDir]);
  for (const [name, text] of [
    ['backup_label', label],
    ['standby.signal', ''],
  ] as const) {
    await writeFile(join(data, name), text, { mode: 0o600 });
    if (owner !== undefined) await chown(join(data, name), owner, owner);
  }
  await copyFile(join(primary.dataDir, 'password'), join(dataDir, 'password'));
  const { password, hostname, port } = new URL(primary.url);
  const connection = `host=${hostname} port=${port} user=postgres password=${password} application_name=${APPLICATION}`;
  // In a file that only the server's user reads: command lines can be read by everyone on the machine.
  await appendFile(join(data, 'postgresql.auto.conf'), `primary_conninfo = '${connection}'\n`);
  return startPostgres({ dataDir });
}
