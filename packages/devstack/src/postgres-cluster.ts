import { execFile } from 'node:child_process';
import { chown, mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Certificate } from './certificate.ts';
import type { RunAs } from './postgres-binary.ts';

const run = promisify(execFile);

/** The data folder of a Postgres, its programs, and the user that runs it. */
export interface Cluster {
  /** The folder of the server's programs. */
  programs: string;
  /** The folder of this package: the password, the log, the lock, and in `data` the files of the server. */
  dataDir: string;
  identity: RunAs;
}

export function serverCommand({ programs, dataDir, identity }: Cluster, settings: Record<string, string>) {
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return command(identity, join(programs, 'postgres'), ['-D', join(dataDir, 'data'), ...flags]);
}

/** Creates the database cluster if the folder has none, and removes the remains of a crash that would prevent a start. */
export async function prepareCluster(cluster: Cluster): Promise<void> {
  const data = join(cluster.dataDir, 'data');
  if (!(await exists(data))) await initialise(cluster, data);
  await giveTo(data, cluster.identity.owner);
  // The folder's lock proves that no server runs here: a process that has this pid now is another one.
  await rm(join(data, 'postmaster.pid'), { force: true });
}

/** Lays the certificate where Postgres looks for it: only its owner may read the key. */
export async function giveCertificate(
  { dataDir, identity }: Cluster,
  certificate: Certificate,
): Promise<void> {
  for (const [name, source] of [
    ['server.crt', certificate.certFile],
    ['server.key', certificate.keyFile],
  ] as const) {
    const path = join(dataDir, 'data', name);
    await writeFile(path, await readFile(source), { mode: 0o600 });
    await giveTo(path, identity.owner);
  }
}

/**
 * A postmaster that got SIGKILL leaves the small segment of System V shared memory by which postmasters notice each
 * other. The next postmaster on the same data removes it, but often there is no next one, and the system has few segments.
 */
export async function removeSharedMemory(dataDir: string): Promise<void> {
  const pidFile = await readFile(join(dataDir, 'data', 'postmaster.pid'), 'utf8').catch(() => '');
  const segment = pidFile.split('\n')[6]?.trim().split(/\s+/)[1];
  if (segment) await run('ipcrm', ['-m', segment]).catch(() => {});
}

// Under another name until it is whole: a half made cluster would be taken for one at the next start.
async function initialise({ programs, dataDir, identity }: Cluster, data: string): Promise<void> {
  const draft = `${data}.new`;
  const passwordFile = join(dataDir, 'password');
  await rm(draft, { recursive: true, force: true });
  await giveTo(passwordFile, identity.owner);
  await mkdir(draft, { mode: 0o700 });
  await giveTo(draft, identity.owner);
  const flags = [
    '--username=postgres',
    '--auth=scram-sha-256',
    `--pwfile=${passwordFile}`,
    '--encoding=UTF8',
  ];
  const more = ['--locale=C', '--set=timezone=UTC', '--no-sync', '--no-instructions', `--pgdata=${draft}`];
  const { file, args, ...user } = command(identity, join(programs, 'initdb'), [...flags, ...more]);
  await run(file, args, { ...user, cwd: dataDir });
  await rename(draft, data);
}

function command({ prefix, uid, gid }: RunAs, program: string, args: string[]) {
  const [file, ...rest] = [...prefix, program];
  return { file, args: [...rest, ...args], ...(uid !== undefined && gid !== undefined && { uid, gid }) };
}

// The whole of it only where the folder itself has another owner: after a change of the way to run it.
async function giveTo(path: string, owner: number | undefined): Promise<void> {
  if (owner === undefined || (await stat(path)).uid === owner) return;
  const entries = (await stat(path)).isDirectory() ? await readdir(path, { recursive: true }) : [];
  for (const entry of entries) await chown(join(path, entry), owner, owner);
  await chown(path, owner, owner);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
