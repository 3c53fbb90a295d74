import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const COMMAND_TIMEOUT_MS = 120_000;
// Of the packages that apt would also install, only the libraries are needed to run the program.
const LIBRARY = /^lib(?!.*-perl$)/;

/**
 * apt compares each package with the hash in lists that the distribution signed, and refuses others. Said again here: a
 * machine's own configuration may have turned it off.
 */
const SIGNED_ONLY = [
  'APT::Get::AllowUnauthenticated=false',
  'Acquire::AllowInsecureRepositories=false',
  'Acquire::AllowWeakRepositories=false',
  'Acquire::AllowDowngradeToInsecureRepositories=false',
];

/** A program of the distribution (Debian, Ubuntu). */
export interface DebianProgram {
  /** The name of the program and of the launcher in its folder. */
  readonly name: string;
  /** The packages that are always needed; apt names the missing libraries of the first one. */
  readonly packages: readonly [string, ...string[]];
  /** Within the packages. */
  readonly path: string;
}

// Finds the libraries beside it, wherever the folder lies.
const launcher = (path: string) => `#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
libraries=$(find "$here" -name '*.so.*' -exec dirname {} + | sort -u | tr '\\n' ':')
LD_LIBRARY_PATH="$libraries$LD_LIBRARY_PATH" exec "$here/${path}" "$@"
`;

/**
 * Unpacks a program from the distribution's packages into the folder, installs nothing, and needs no root. Returns the
 * path of what starts it. Rejects where that is not possible.
 */
export async function unpackDebian(folder: string, program: DebianProgram): Promise<string> {
  const draft = `${folder}.${randomUUID()}`;
  await mkdir(join(draft, 'packages'), { recursive: true });
  try {
    await download(draft, program, folder);
    const archives = await readdir(join(draft, 'packages'));
    for (const archive of archives)
      await run('dpkg-deb', ['-x', join(draft, 'packages', archive), draft], draft);
    await writeFile(join(draft, program.name), launcher(program.path));
    await chmod(join(draft, program.name), 0o755);
    await rm(join(draft, 'apt'), { recursive: true, force: true });
    await rm(join(draft, 'packages'), { recursive: true });
    await putInPlace(draft, folder);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return join(folder, program.name);
}

async function download(draft: string, program: DebianProgram, folder: string): Promise<void> {
  // Without a word of it an `npm start` would seem to hang.
  process.stderr.write(
    `No ${program.name} on this machine: downloading ${program.packages.join(', ')} into ${relative(process.cwd(), folder)}\n`,
  );
  const cache = ['-o', `Dir::Cache=${join(draft, 'apt', 'cache')}`];
  const bounded = [
    'Acquire::http::Timeout=15',
    'Acquire::Retries=1',
    'APT::Sandbox::User=root',
    ...SIGNED_ONLY,
  ].flatMap((setting) => ['-o', setting]);
  const lists = join(draft, 'apt', 'lists');
  await mkdir(join(draft, 'apt', 'cache', 'archives', 'partial'), { recursive: true });
  await mkdir(join(lists, 'partial'), { recursive: true });
  try {
    await fetchPackages(draft, program, [...cache, ...bounded]);
  } catch {
    // The system's package lists are absent or too old: use separate lists, so that the system's are not changed.
    const own = [...cache, ...bounded, '-o', `Dir::State::Lists=${lists}`];
    await run('apt-get', [...own, 'update'], draft);
    await fetchPackages(draft, program, own);
  }
}

async function fetchPackages(draft: string, { packages }: DebianProgram, flags: string[]): Promise<void> {
  const plan = await run(
    'apt-get',
    [...flags, '-s', '--no-install-recommends', 'install', packages[0]],
    draft,
  );
  const missing = [...plan.matchAll(/^Inst (\S+)/gm)]
    .map((match) => match[1])
    .filter((name) => name !== undefined)
    .filter((name) => LIBRARY.test(name));
  const names = new Set([...packages, ...missing]);
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
