import { isIPv6 } from 'node:net';
import { RateLimiterRes } from 'rate-limiter-flexible';
import type { Counters } from './counters.ts';
import { ApiError, toRetrySeconds } from '../errors.ts';

const MINUTE_S = 60;
/** Of an IPv6 address, what a provider hands to one customer: 64 bits. The rest is theirs to vary. */
const IPV6_PREFIX_GROUPS = 4;

/** Beyond this part of the limit a sender is suspected, but a person may well send a few in a minute. */
const SUSPICIOUS_PART = 1 / 4;
const UNSUSPICIOUS = 5;

/** Submissions a minute for each address; or none counted. */
export type RateLimit = { readonly perMinute: number } | 'off';

/** One call of an address that was let in. */
export interface Admission {
  /** More came from this address than usually comes from a person. */
  readonly isSuspicious: boolean;
  /** When the count of this address begins anew. */
  readonly retryAfterSeconds: number;
}

/** Counts one call of the address. Throws `rate-limited` with the time to wait. */
export type Admit = (address: string | undefined) => Promise<Admission>;

export function createRateLimit(limit: RateLimit, name: string, counters: Counters): Admit {
  if (limit === 'off') return async () => ({ isSuspicious: false, retryAfterSeconds: 0 });
  const { perMinute } = limit;
  const usual = Math.max(UNSUSPICIOUS, perMinute * SUSPICIOUS_PART);
  const count = counters({ name, points: perMinute, durationS: MINUTE_S });
  return async (address) => {
    try {
      const { consumedPoints, msBeforeNext } = await count(keyOf(address));
      return { isSuspicious: consumedPoints > usual, retryAfterSeconds: toRetrySeconds(msBeforeNext) };
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      throw rateLimited(toRetrySeconds(error.msBeforeNext));
    }
  };
}

export function rateLimited(retryAfterSeconds: number): ApiError {
  return new ApiError(
    'rate-limited',
    `Too many came from your address. Nothing was stored: send it again with the same id in ${retryAfterSeconds} s.`,
    { retryAfterSeconds, indeterminate: false },
  );
}

function keyOf(address: string | undefined): string {
  if (address === undefined) return 'unknown';
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped?.[1]) return mapped[1];
  return isIPv6(address) ? ipv6Prefix(address) : address;
}

function ipv6Prefix(address: string): string {
  const [head = '', tail] = address.toLowerCase().split('%', 1)[0]?.split('::') ?? [];
  const left = head.split(':').filter(Boolean);
  const right = tail?.split(':').filter(Boolean) ?? [];
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array<string>(zeros).fill('0'), ...right];
  return groups
    .slice(0, IPV6_PREFIX_GROUPS)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}
