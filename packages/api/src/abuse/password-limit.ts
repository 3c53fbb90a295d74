import { RateLimiterRes } from 'rate-limiter-flexible';
import type { Counters } from './counters.ts';
import { ApiError, toRetrySeconds } from '../errors.ts';

const MINUTE_S = 60;
/** Tries of one's own password. A person mistypes it once or twice. */
const TRIES = { name: 'password', points: 5, durationS: 15 * MINUTE_S } as const;

/** Counts one try of a user's own password. Throws `rate-limited` with the time to wait. */
export type AdmitPassword = (userId: string) => Promise<void>;

export function createPasswordLimit(counters: Counters): AdmitPassword {
  const count = counters(TRIES);
  return async (userId) => {
    try {
      await count(userId);
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      const retryAfterSeconds = toRetrySeconds(error.msBeforeNext);
      const message = `Too many tries. Nothing was changed: try again in ${retryAfterSeconds} s.`;
      throw new ApiError('rate-limited', message, { retryAfterSeconds });
    }
  };
}
