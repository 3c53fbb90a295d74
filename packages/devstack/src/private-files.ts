import { randomBytes } from 'node:crypto';
import { chmod, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createOnce } from './lock.ts';

/** For this user alone. What a server writes while it starts under this mask, too. */
export const PRIVATE_UMASK = 0o077;
export const PRIVATE_FILE = 0o600;
export const PRIVATE_FOLDER = 0o700;

/** Other users may pass through, but not list or read: a Postgres that root starts runs as another user. */
const PASSABLE_FOLDER = 0o711;

/** The rights of a folder that a Postgres has to reach its data through. */
export function passableMode(): number {
  return process.getuid?.() === 0 ? PASSABLE_FOLDER : PRIVATE_FOLDER;
}

/** Takes away from others what the mode does not grant, and grants nothing. */
export async function tighten(folder: string, mode: number): Promise<void> {
  await chmod(folder, (await stat(folder)).mode & mode);
}

/** Replaces a file as a whole, so that a reader never sees half of it or the older file's rights. */
export async function writePrivate(path: string, content: string): Promise<void> {
  const draft = `${path}.${randomBytes(8).toString('hex')}`;
  try {
    await writeFile(draft, content, { mode: PRIVATE_FILE, flag: 'wx' });
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
}

/** A server's password: made at the first start, kept beside its data. */
export async function rememberedPassword(folder: string): Promise<string> {
  const path = join(folder, 'password');
  await createOnce(path, randomBytes(24).toString('hex'));
  return readFile(path, 'utf8');
}
