import type { Challenges } from './challenge.ts';
import { ApiError } from '../errors.ts';
import type { Channel } from '../metrics.ts';
import type { Admission, Admit } from './rate-limit.ts';
import { rateLimited } from './rate-limit.ts';
import type { Caller } from '../submit/service.ts';

/** Looks at a sender twice: at its address before anything of it is read, and at what its page says afterwards. */
export interface AbuseGuard {
  /** Counts one submission of the address. Throws `rate-limited`. */
  admit(channel: Channel, address: string | undefined): Promise<Admission>;
  /** Throws `challenge-required`. */
  requireChallenge(
    admission: Admission,
    caller: Pick<Caller, 'channel' | 'isTrapped' | 'solution'>,
  ): Promise<void>;
}

/**
 * Who sends much from one address, or filled in the field that people do not see, is asked for a little work, which the
 * page does by itself. A page without JavaScript cannot: there, the same count ends at the point where it would be
 * asked, and a filled honeypot asks for a second press. Programs (REST) fill in no pages: for them only the limit counts.
 */
export function createAbuseGuard(admit: Admit, challenges: Challenges): AbuseGuard {
  return {
    async admit(channel, address) {
      const admission = await admit(address);
      if (channel === 'form' && admission.isSuspicious) throw rateLimited(admission.retryAfterSeconds);
      return admission;
    },
    async requireChallenge({ isSuspicious, retryAfterSeconds }, { channel, isTrapped = false, solution }) {
      if (channel === 'rest' || (!isSuspicious && !isTrapped)) return;
      if (solution !== undefined && (await challenges.accepts(solution))) return;
      throw new ApiError(
        'challenge-required',
        'Solve the challenge and send the same again with its solution. Nothing was stored.',
        { challenge: await challenges.issue(), indeterminate: false, retryAfterSeconds },
      );
    },
  };
}
