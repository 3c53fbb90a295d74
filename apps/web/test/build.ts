import { execFile } from 'node:child_process';
import { cp, readdir, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { withLock } from '../../../scripts/lib/lock.mjs';

export const WEB = join(import.meta.dirname, '..');
const PACKAGES = ['forms', 'db', 'queue', 'observe', 'api'].map((name) =>
  join(WEB, '../../packages', name, 'src'),
);
const SOURCES = [join(WEB, 'src'), join(WEB, 'next.config.ts'), join(WEB, 'package.json'), ...PACKAGES];
/** The server of the last build. Like a container's, it listens at HOSTNAME and PORT. */
export const SERVER = join(WEB, '.next/standalone/apps/web/server.js');
const NEXT = createRequire(import.meta.url).resolve('next/dist/bin/next');

/**
 * Builds for production, unless the last build is newer than every source: the tests run what is deployed. One at a time,
 * as two builds would overwrite each other.
 */
export function ensureBuild(): Promise<void> {
  return withLock(join(WEB, 'node_modules', '.build.lock'), build);
}

async function build(): Promise<void> {
  const builtMs = await changedMs(SERVER).catch(() => 0);
  const changes = await Promise.all(SOURCES.map(changedMs));
  if (Math.max(...changes) < builtMs) return;
  const env = { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' };
  await promisify(execFile)(process.execPath, [NEXT, 'build'], { cwd: WEB, env });
  await cp(join(WEB, '.next/static'), join(SERVER, '../.next/static'), { recursive: true });
}

/** When a file, or the last of a folder's files, was changed. */
async function changedMs(path: string): Promise<number> {
  const entry = await stat(path);
  if (!entry.isDirectory()) return entry.mtimeMs;
  const files = await readdir(path, { recursive: true });
  const times = await Promise.all(files.map(async (file) => (await stat(join(path, file))).mtimeMs));
  return Math.max(entry.mtimeMs, ...times);
}
