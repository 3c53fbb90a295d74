import type { Challenges } from './challenge.ts';
import { ApiError } from './errors.ts';
import type { Admit } from './rate-limit.ts';
import { rateLimited } from './rate-limit.ts';
import type { Caller } from './service.ts';

/** Lets a caller in, or throws `rate-limited` or `challenge-required`. */
export type Guard = (caller: Caller) => Promise<void>;

/**
 * Who sends much from one address, or filled in the field that people do not see, is asked for a little work, which the
 * page does by itself. A page without JavaScript cannot: there, the same count ends at the point where it would be
 * asked, and the trap asks for a second press. Programs (REST) fill in no pages: for them only the limit counts.
 */
export function createGuard(admit: Admit, challenges: Challenges): Guard {
  return async ({ door, address, isTrapped = false, solution }) => {
    const { isSuspicious, retryAfterSeconds } = await admit(address);
    if (door === 'rest' || (!isSuspicious && !isTrapped)) return;
    if (door === 'form' && isSuspicious) throw rateLimited(retryAfterSeconds);
    if (solution !== undefined && (await challenges.accepts(solution))) return;
    throw new ApiError(
      'challenge-required',
      'Solve the challenge and send the same again with its solution. Nothing was stored.',
      { challenge: await challenges.issue(), indeterminate: false, retryAfterSeconds },
    );
  };
}
