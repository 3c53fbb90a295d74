import { execFile, execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, open, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const SIZE_MB = 256;
const FILLER_CHUNK_BYTES = 1024 * 1024;
const SMALLEST_CHUNK_BYTES = 4 * 1024;

/** A separate file system, small enough to be filled. */
export interface SmallDisk {
  /** A folder on it. */
  readonly folder: string;
  /** Fills the disk to the last block, and again if space was freed meanwhile. */
  fill(): Promise<void>;
  empty(): Promise<void>;
  remove(): Promise<void>;
}

/**
 * Mounts one: a file with ext4 on it, whose fsync is a real one; else a tmpfs. Rejects where this user may not mount, as
 * in most containers.
 */
export async function mountSmallDisk(): Promise<SmallDisk> {
  const base = await mkdtemp(join(tmpdir(), 'spillway-disk-'));
  const folder = join(base, 'mounted');
  await run('chmod', ['0711', base]);
  await mkdir(folder);
  try {
    await mountImage(join(base, 'image'), folder).catch(() =>
      run('mount', ['-t', 'tmpfs', '-o', `size=${SIZE_MB}m,mode=0711`, 'tmpfs', folder]),
    );
  } catch (error) {
    await rm(base, { recursive: true, force: true });
    throw error;
  }
  const filler = join(folder, 'filler');
  const unmount = () => execFileSync('umount', ['-l', folder]);
  // Should the campaign be interrupted.
  process.once('exit', unmount);
  return {
    folder,
    fill: () => fill(filler),
    empty: () => rm(filler, { force: true }),
    remove: async () => {
      // Lazily: what still runs on it keeps it until it ends.
      process.off('exit', unmount);
      await run('umount', ['-l', folder]);
      await rm(base, { recursive: true, force: true });
    },
  };
}

async function mountImage(image: string, folder: string): Promise<void> {
  await (await open(image, 'w')).close();
  await truncate(image, SIZE_MB * 1024 * 1024);
  // Without blocks reserved for root, because another user fills the disk.
  await run('mkfs.ext4', ['-q', '-F', '-m', '0', image]);
  await run('mount', ['-o', 'loop', image, folder]);
}

async function fill(path: string): Promise<void> {
  const file = await open(path, 'a');
  try {
    for (let bytes = FILLER_CHUNK_BYTES; bytes >= SMALLEST_CHUNK_BYTES; bytes /= 4) {
      const chunk = Buffer.alloc(bytes, 1);
      while (await fits(() => file.write(chunk))) await fits(() => file.datasync());
    }
  } finally {
    await file.close();
  }
}

async function fits(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return false;
    throw error;
  }
}
