import { randomUUID } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ProcessId, identify, isRunning, killTree } from './process.ts';

const ATTEMPTS = 20;

interface LockContent {
  owner: ProcessId;
  server?: ProcessId;
}

/** A folder that one server uses; held as long as the server runs. Synchronous, for use around its start and exit. */
export interface FolderLock {
  /** Notes the server, so that the next owner can end it should it outlive this process. */
  setServer(server: ProcessId): void;
  release(): void;
}

/**
 * Takes the folder for one server. What a crashed process left behind - its lock, and even a server that survived
 * it - is cleared away; the lock of a running process is an error that names it.
 */
export async function lockFolder(folder: string, what: string): Promise<FolderLock> {
  const path = join(folder, 'lock');
  const owner = identify(process.pid);
  if (!owner) throw new Error(`Process ${process.pid} does not find itself in the process table.`);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (await createOnce(path, JSON.stringify({ owner } satisfies LockContent)))
      return lockHandle(path, owner);
    const seen = await readFile(path, 'utf8').catch(() => undefined);
    if (seen === undefined) continue;
    const holder = parse(seen);
    if (holder && isRunning(holder.owner)) {
      throw new Error(
        `${what} in ${folder} is already run by process ${holder.owner.pid}: ` +
          `stop that one (Ctrl-C where it runs, or kill ${holder.owner.pid}), or use another folder.`,
      );
    }
    if (holder?.server && isRunning(holder.server)) await killTree(holder.server.pid);
    await discard(path, seen);
  }
  throw new Error(`${what} in ${folder}: the lock changed hands ${ATTEMPTS} times; remove ${path}.`);
}

function lockHandle(path: string, owner: ProcessId): FolderLock {
  return {
    setServer: (server) => {
      const draft = `${path}.${randomUUID()}`;
      writeFileSync(draft, JSON.stringify({ owner, server } satisfies LockContent), { mode: 0o600 });
      renameSync(draft, path);
    },
    release: () => rmSync(path, { force: true }),
  };
}

/** Creates the file unless it exists, and returns whether it did. A reader never sees half of the content. */
export async function createOnce(path: string, content: string): Promise<boolean> {
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, content, { mode: 0o600 });
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

// Two may find the same stale lock. Only one can move it aside; should the other one move the winner's new lock, it
// sees that by the content and puts it back.
async function discard(path: string, seen: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  await rename(path, aside).catch(() => undefined);
  const moved = await readFile(aside, 'utf8').catch(() => seen);
  if (moved !== seen) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}

function parse(text: string): LockContent | undefined {
  try {
    return JSON.parse(text) as LockContent;
  } catch {
    return undefined;
  }
}
