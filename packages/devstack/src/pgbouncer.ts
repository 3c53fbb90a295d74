import { execFile } from 'node:child_process';
import { chown, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Daemon, prepareFolder } from './daemon.ts';
import { unpackDebian } from './debian-package.ts';
import { freePort } from './port.ts';
import { runAs } from './postgres-binary.ts';
import { withClient } from './postgres-errands.ts';
import type { PostgresServer } from './postgres.ts';
import { passableMode } from './private-files.ts';

const run = promisify(execFile);
const UNPACKED = join(import.meta.dirname, '..', '..', '..', '.toolchain', 'pgbouncer');
const PACKAGED = { name: 'pgbouncer', packages: ['pgbouncer'], path: 'usr/sbin/pgbouncer' } as const;
/** Few connections, so that code that wrongly relies on a fixed connection fails in tests. */
const SERVER_CONNECTIONS = '6';

export interface PgBouncerOptions {
  readonly postgres: PostgresServer;
  /** Lines of pgbouncer.ini that replace or join the defaults. */
  readonly settings?: Record<string, string>;
}

/** A PgBouncer in transaction mode in front of a Postgres of this package. It ends with this process. */
export interface PgBouncer {
  /** The same database, through the pooler. */
  through(url: string): string;
  stop(): Promise<void>;
}

let found: Promise<string> | undefined;

/** The program on PATH, else one unpacked from Debian's packages. Rejects if neither exists. */
export function pgBouncerBinary(): Promise<string> {
  found ??= findPgBouncer();
  found.catch(() => (found = undefined));
  return found;
}

async function findPgBouncer(): Promise<string> {
  for (const candidate of ['pgbouncer', join(UNPACKED, PACKAGED.name)]) {
    const works = await run(candidate, ['--version']).then(
      () => true,
      () => false,
    );
    if (works) return candidate;
  }
  return unpackDebian(UNPACKED, PACKAGED);
}

/** Starts it on 127.0.0.1 and resolves once Postgres answers through it. */
export async function startPgBouncer({ postgres, settings = {} }: PgBouncerOptions): Promise<PgBouncer> {
  const binary = await pgBouncerBinary();
  const folder = await prepareFolder(undefined, 'pgbouncer', passableMode());
  const port = await freePort();
  const { password } = new URL(postgres.url);
  const identity = await runAs([folder]);
  const through = (url: string) => Object.assign(new URL(url), { port: String(port) }).href;
  const config = {
    listen_addr: '127.0.0.1',
    listen_port: String(port),
    unix_socket_dir: '',
    auth_type: 'scram-sha-256',
    auth_file: join(folder, 'users.txt'),
    pool_mode: 'transaction',
    default_pool_size: SERVER_CONNECTIONS,
    max_client_conn: '500',
    ...settings,
  };
  const own = async (name: string, text: string) => {
    await writeFile(join(folder, name), text, { mode: 0o600 });
    if (identity.owner !== undefined) await chown(join(folder, name), identity.owner, identity.owner);
  };
  const [file, ...args] = [...identity.prefix, binary, join(folder, 'pgbouncer.ini')];
  const { uid, gid } = identity;
  const daemon = new Daemon({
    name: 'PgBouncer',
    folder,
    command: { file, args, ...(uid !== undefined && gid !== undefined && { uid, gid }) },
    stopSignal: 'SIGTERM',
    quitSignal: 'SIGTERM',
    prepare: async () => {
      await own('users.txt', `"postgres" "${password}"\n`);
      const lines = Object.entries(config).map(([name, value]) => `${name} = ${value}\n`);
      const databases = `[databases]\n* = host=127.0.0.1 port=${postgres.port}\n`;
      await own('pgbouncer.ini', `${databases}[pgbouncer]\n${lines.join('')}`);
    },
    probe: () => withClient(through(postgres.url), (client) => client.query('SELECT 1')),
  });
  await daemon.start();
  return { through, stop: () => daemon.kill() };
}
