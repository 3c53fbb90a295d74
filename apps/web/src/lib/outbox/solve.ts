import type { Problem } from '@spillway/api';

const SOLVE_MS = 20_000;

/**
 * Does the work that a challenge asks for: about a second, beside the page's own work, with nothing to read or click.
 * `undefined`: it cannot be done here (on plain HTTP browsers lend no cryptography) or took too long.
 */
export async function solve(challenge: NonNullable<Problem['challenge']>): Promise<string | undefined> {
  try {
    // Loaded only when a challenge is required.
    const [{ solveChallenge }, { deriveKey }] = await Promise.all([
      import('altcha-lib'),
      import('altcha-lib/algorithms/web/pbkdf2'),
    ]);
    const solution = await solveChallenge({ challenge, deriveKey, timeout: SOLVE_MS });
    return solution ? JSON.stringify({ challenge, solution }) : undefined;
  } catch {
    return undefined;
  }
}
