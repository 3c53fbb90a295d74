import type { Challenges } from './challenge.ts';
import { ApiError } from './errors.ts';
import type { Door } from './metrics.ts';
import type { Admission, Admit } from './rate-limit.ts';
import { rateLimited } from './rate-limit.ts';
import type { Caller } from './service.ts';

/** Looks at a sender twice: at its address before anything of it is read, and at what its page says afterwards. */
export interface Guard {
  /** Counts one submission of the address. Throws `rate-limited`. */
  admit(door: Door, address: string | undefined): Promise<Admission>;
  /** Throws `challenge-required`. */
  question(admission: Admission, caller: Pick<Caller, 'door' | 'isTrapped' | 'solution'>): Promise<void>;
}

/**
 * Who sends much from one address, or filled in the field that people do not see, is asked for a little work, which the
 * page does by itself. A page without JavaScript cannot: there, the same count ends at the point where it would be
 * asked, and the trap asks for a second press. Programs (REST) fill in no pages: for them only the limit counts.
 */
export function createGuard(admit: Admit, challenges: Challenges): Guard {
  return {
    async admit(door, address) {
      const admission = await admit(address);
      if (door === 'form' && admission.isSuspicious) throw rateLimited(admission.retryAfterSeconds);
      return admission;
    },
    async question({ isSuspicious, retryAfterSeconds }, { door, isTrapped = false, solution }) {
      if (door === 'rest' || (!isSuspicious && !isTrapped)) return;
      if (solution !== undefined && (await challenges.accepts(solution))) return;
      throw new ApiError(
        'challenge-required',
        'Solve the challenge and send the same again with its solution. Nothing was stored.',
        { challenge: await challenges.issue(), indeterminate: false, retryAfterSeconds },
      );
    },
  };
}
