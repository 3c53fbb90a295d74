import type { Problem } from '@spillway/api';
import type { Issue } from '@spillway/forms';

const SECOND = 1000;
const FIRST_RETRY_MS = 2 * SECOND;
const MAX_RETRY_MS = 30 * SECOND;

/** Where the page stands with its submission. */
export type Attempt =
  | { readonly kind: 'idle' }
  | { readonly kind: 'sending' }
  | { readonly kind: 'accepted' }
  /** Answers to mend. Nothing was stored. */
  | { readonly kind: 'invalid'; readonly issues: readonly Issue[] }
  /** The id was taken by other answers: these need a new one. */
  | { readonly kind: 'conflict' }
  /** Will be sent again by itself, with the same id. */
  | { readonly kind: 'waiting'; readonly why: WaitReason; readonly until: number; readonly tries: number }
  /** Sending again would not help. */
  | { readonly kind: 'refused'; readonly title: string; readonly detail: string };

/** `lost`: no answer came, so it may have arrived. `maybe`: a store did not answer. `no`: certainly not stored. */
export type WaitReason = 'lost' | 'maybe' | 'no' | 'busy';

/** What a problem means for the page. `tries`: how often this submission has been sent, from 1. */
export function attemptAfter(problem: Problem | undefined, tries: number, now: number): Attempt {
  if (!problem) return waiting('lost', tries, now);
  switch (problem.code) {
    case 'conflict':
      return { kind: 'conflict' };
    case 'rate-limited':
      return waiting('busy', tries, now, problem.retryAfterSeconds);
    case 'not-accepted':
    case 'shutting-down':
      return waiting(problem.indeterminate ? 'maybe' : 'no', tries, now, problem.retryAfterSeconds);
    case 'invalid':
      return problem.errors?.length ? { kind: 'invalid', issues: problem.errors } : refused(problem);
    // The id was minted by a wrong clock, or weeks ago. It has been replaced; nothing was stored under it.
    case 'invalid-id':
      return problem.serverTime && tries === 1
        ? { kind: 'waiting', why: 'no', tries, until: now }
        : refused(problem);
    // An error of ours may come after the submission was stored: with the same id, asking again is safe.
    case 'internal':
      return waiting('lost', tries, now);
    default:
      return refused(problem);
  }
}

function waiting(why: WaitReason, tries: number, now: number, afterSeconds?: number): Attempt {
  // The server's hint is a minimum; full jitter, so that many pages do not come back in the same moment.
  const backoff = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** (tries - 1)) * (0.5 + Math.random() / 2);
  return { kind: 'waiting', why, tries, until: now + Math.max(backoff, (afterSeconds ?? 0) * SECOND) };
}

function refused(problem: Problem): Attempt {
  return { kind: 'refused', title: problem.title, detail: problem.detail };
}
