import { hkdfSync } from 'node:crypto';
import { createChallenge, verifySolution } from 'altcha-lib';
import type { Challenge } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2';
import { z } from 'zod';
import type { Counters } from './counters.ts';

/** Time to solve it, on a slow telephone too. */
const VALID_S = 10 * 60;
/** Iterations for each of some 256 guesses: about a second of a laptop's time; checking is one guess. */
const COST = 5000;
const MAX_CHARS = 4096;

const payload = z.object({
  challenge: z.object({
    parameters: z.object({
      algorithm: z.literal('PBKDF2/SHA-256'),
      nonce: z.string(),
      salt: z.string(),
      cost: z.literal(COST),
      keyLength: z.literal(32),
      keyPrefix: z.string(),
      expiresAt: z.number(),
    }),
    signature: z.string(),
  }),
  solution: z.object({ counter: z.number(), derivedKey: z.string() }),
});

/** Work that a browser does by itself in a second and a flood cannot afford (ALTCHA). Nobody has to read or click anything. */
export interface Challenges {
  issue(): Promise<Challenge>;
  /** Whether this is the solution of a challenge of ours that is still valid and was not used before. */
  accepts(solution: string): Promise<boolean>;
}

export function createChallenges(secret: string, counters: Counters): Challenges {
  // A key of its own: the same secret signs other things elsewhere.
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'spillway challenge v1', 32)).toString('hex');
  const use = counters({ name: 'challenge', points: 1, durationS: VALID_S });

  return {
    issue: () =>
      createChallenge({
        algorithm: 'PBKDF2/SHA-256',
        cost: COST,
        deriveKey,
        expiresAt: Math.floor(Date.now() / 1000) + VALID_S,
        hmacSignatureSecret: key,
      }),

    async accepts(text) {
      const parsed = text.length > MAX_CHARS ? undefined : payload.safeParse(parse(text)).data;
      if (!parsed) return false;
      const { challenge, solution } = parsed;
      const result = await verifySolution({ challenge, solution, deriveKey, hmacSignatureSecret: key });
      if (!result.verified) return false;
      return use(challenge.signature).then(
        () => true,
        () => false,
      );
    },
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
