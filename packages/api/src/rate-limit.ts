import { isIPv6 } from 'node:net';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { ApiError, toRetrySeconds } from './errors.ts';

const MINUTE_S = 60;
/** Of an IPv6 address, what a provider hands to one customer: 64 bits. The rest is theirs to vary. */
const IPV6_PREFIX_GROUPS = 4;

/** Submissions a minute for each address, counted in this process; or none counted. */
export type RateLimit = { readonly perMinute: number } | 'off';

/** Counts one submission of the address. Throws `rate-limited` with the time to wait. */
export type Admit = (address: string | undefined) => Promise<void>;

/** In memory on purpose: a limit kept in Redis would be one more thing to fail in an outage. */
export function createRateLimit(limit: RateLimit): Admit {
  if (limit === 'off') return async () => {};
  const limiter = new RateLimiterMemory({ points: limit.perMinute, duration: MINUTE_S });
  return async (address) => {
    try {
      await limiter.consume(keyOf(address));
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      const retryAfterSeconds = toRetrySeconds(error.msBeforeNext);
      throw new ApiError(
        'rate-limited',
        `At most ${limit.perMinute} submissions a minute. Nothing was stored: send it again with the same id in ${retryAfterSeconds} s.`,
        { retryAfterSeconds, indeterminate: false },
      );
    }
  };
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
