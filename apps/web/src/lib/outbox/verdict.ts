import type { Problem } from '@spillway/api';
import type { WaitReason } from './entry.ts';

const SECOND = 1000;
const FIRST_RETRY_MS = 2 * SECOND;
const MAX_RETRY_MS = 30 * SECOND;

/** The next step after an attempt that was not accepted. */
export type Verdict =
  | { readonly kind: 'again'; readonly why: WaitReason; readonly at: number }
  /** The id was minted by a wrong clock, or weeks ago: nothing was stored under it. */
  | { readonly kind: 'renew'; readonly serverTime: number }
  /** Sending the same again would not help. */
  | { readonly kind: 'refused'; readonly problem: Problem };

/** What a problem means. `undefined`: no answer came. `tries`: how often this submission has been sent, from 1. */
export function verdictOf(problem: Problem | undefined, tries: number, now: number): Verdict {
  const again = (why: WaitReason, afterSeconds = 0) =>
    ({ kind: 'again', why, at: nextTry(tries, now, afterSeconds) }) as const;
  switch (problem?.code) {
    case undefined:
    // An internal error may come after the submission was stored: with the same id, a repeat is safe.
    case 'internal':
      return again('lost');
    case 'rate-limited':
    // This code cannot solve the task. When the next period of the rate limit begins, no task is required.
    case 'challenge-required':
      return again('busy', problem?.retryAfterSeconds);
    case 'not-accepted':
    case 'shutting-down':
      return again(problem?.indeterminate ? 'maybe' : 'no', problem?.retryAfterSeconds);
    case 'invalid-id':
      if (problem?.serverTime && tries === 1)
        return { kind: 'renew', serverTime: Date.parse(problem.serverTime) };
      break;
    default:
  }
  return problem ? { kind: 'refused', problem } : again('lost');
}

function nextTry(tries: number, now: number, afterSeconds: number): number {
  // The server's hint is a minimum; jitter, so that many pages do not come back in the same moment.
  const backoff = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(tries - 1, 10));
  return now + Math.max(backoff * (0.5 + Math.random() / 2), afterSeconds * SECOND);
}
