import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const COMMAND_TIMEOUT_MS = 120_000;
// Needed in any case; what else is missing, apt knows. The program is in redis-tools, its name in redis-server.
const PACKAGES = ['redis-server', 'redis-tools'];

// Finds the libraries beside it, wherever the folder lies.
const LAUNCHER = `#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
libraries=$(find "$here" -name '*.so.*' -exec dirname {} + | sort -u | tr '\\n' ':')
LD_LIBRARY_PATH="$libraries$LD_LIBRARY_PATH" exec "$here/usr/bin/redis-server" "$@"
`;

/**
 * Unpacks Redis from the distribution's packages (Debian, Ubuntu) into the folder, installs nothing, and needs no
 * root. Returns the path of the program. Rejects where that is not possible.
 */
export async function unpackRedis(folder: string): Promise<string> {
  const draft = `${folder}.${randomUUID()}`;
  await mkdir(join(draft, 'packages'), { recursive: true });
  try {
    await download(draft);
    const archives = await readdir(join(draft, 'packages'));
    for (const archive of archives)
      await run('dpkg-deb', ['-x', join(draft, 'packages', archive), draft], draft);
    await writeFile(join(draft, 'redis-server'), LAUNCHER);
    await chmod(join(draft, 'redis-server'), 0o755);
    await rm(join(draft, 'apt'), { recursive: true, force: true });
    await rm(join(draft, 'packages'), { recursive: true });
    await putInPlace(draft, folder);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return join(folder, 'redis-server');
}

async function download(draft: string): Promise<void> {
  // Without a word of it an `npm start` would seem to hang.
  process.stderr.write(
    `No Redis on this machine: downloading ${PACKAGES.join(', ')} into .toolchain/redis\n`,
  );
  const cache = ['-o', `Dir::Cache=${join(draft, 'apt', 'cache')}`];
  const bounded = [
    '-o',
    'Acquire::http::Timeout=15',
    '-o',
    'Acquire::Retries=1',
    '-o',
    'APT::Sandbox::User=root',
  ];
  const lists = join(draft, 'apt', 'lists');
  await mkdir(join(draft, 'apt', 'cache', 'archives', 'partial'), { recursive: true });
  await mkdir(join(lists, 'partial'), { recursive: true });
  try {
    await fetchPackages(draft, [...cache, ...bounded]);
  } catch {
    // The system's package lists are absent or too old: lists of our own, lest the system's be touched.
    const own = [...cache, ...bounded, '-o', `Dir::State::Lists=${lists}`];
    await run('apt-get', [...own, 'update'], draft);
    await fetchPackages(draft, own);
  }
}

async function fetchPackages(draft: string, flags: string[]): Promise<void> {
  const plan = await run(
    'apt-get',
    [...flags, '-s', '--no-install-recommends', 'install', 'redis-server'],
    draft,
  );
  const missing = [...plan.matchAll(/^Inst (\S+)/gm)]
    .map((match) => match[1])
    .filter((name) => name !== undefined);
  const names = new Set([...PACKAGES, ...missing]);
  await run('apt-get', [...flags, 'download', ...names], join(draft, 'packages'));
}

// Another process may have been faster; its copy is as good as ours.
async function putInPlace(draft: string, folder: string): Promise<void> {
  try {
    await rename(draft, folder);
  } catch (error) {
    const present =
      error instanceof Error && 'code' in error && ['ENOTEMPTY', 'EEXIST'].includes(String(error.code));
    if (!present) throw error;
  }
}

async function run(file: string, args: string[], cwd: string): Promise<string> {
  const { stdout } = await execute(file, args, {
    cwd,
    timeout: COMMAND_TIMEOUT_MS,
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout;
}
