import { execFileSync } from 'node:child_process';

/** Seven hexadecimal digits of the commit. */
const DIGITS = 7;
/** Where there is no repository to ask, as in an unpacked archive. */
const WITHOUT_COMMIT = 6;

/** A seed that changes with each commit, and is the same again for the same commit. */
export function commitSeed(folder: string): number {
  try {
    const commit = execFileSync('git', ['rev-parse', 'HEAD'], {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return seedOf(commit);
  } catch {
    return WITHOUT_COMMIT;
  }
}

export function seedOf(commit: string): number {
  // The first one is 1: 0 is not a seed.
  return Number.parseInt(commit.slice(0, DIGITS), 16) + 1;
}
