import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { access, glob, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const FOLDER = join(import.meta.dirname, '..', '..', '.toolchain', 'faketime');
const TIMEOUT_MS = 60_000;

let found: Promise<string> | undefined;

/**
 * The library that gives one process a separate clock, unpacked from the distribution's package (Debian, Ubuntu)
 * without installing it. Rejects if it is not available.
 */
export function faketimeLibrary(): Promise<string> {
  found ??= findLibrary();
  return found;
}

async function findLibrary(): Promise<string> {
  const present = await lookIn(FOLDER);
  if (present) return present;
  const draft = `${FOLDER}.${randomUUID()}`;
  await mkdir(draft, { recursive: true });
  try {
    await run('apt-get', ['download', 'libfaketime'], { cwd: draft, timeout: TIMEOUT_MS });
    for await (const archive of glob('*.deb', { cwd: draft })) {
      await run('dpkg-deb', ['-x', archive, '.'], { cwd: draft });
    }
    // Another process may have been faster; its copy is as good as ours.
    await rename(draft, FOLDER).catch(() => access(FOLDER));
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  const library = await lookIn(FOLDER);
  if (!library) throw new Error('The package libfaketime holds no libfaketimeMT.so.1.');
  return library;
}

async function lookIn(folder: string): Promise<string | undefined> {
  for await (const path of glob('usr/lib/**/libfaketimeMT.so.1', { cwd: folder })) return join(folder, path);
  return undefined;
}
