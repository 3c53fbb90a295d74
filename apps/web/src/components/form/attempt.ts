import type { Problem } from '@spillway/api';
import type { Issue } from '@spillway/forms';
import type { Entry, WaitReason } from '#lib/outbox/entry.ts';

/** The state of the page's submission. */
export type Attempt =
  | { readonly kind: 'idle' }
  | { readonly kind: 'sending' }
  | { readonly kind: 'accepted'; readonly path: string }
  /** Some answers are invalid. Nothing was stored. */
  | { readonly kind: 'invalid'; readonly issues: readonly Issue[] }
  /** The id was taken by other answers: these need a new one. */
  | { readonly kind: 'conflict' }
  /** The page will send it again automatically, with the same id. */
  | { readonly kind: 'waiting'; readonly why: WaitReason; readonly until: number }
  /** The answers were changed while they waited: now they wait for the person. */
  | { readonly kind: 'edited' }
  /** Sending again would not help. */
  | { readonly kind: 'refused'; readonly problem: Pick<Problem, 'code'> };

/** The state of an entry of the outbox, as the page shows it. */
export function attemptOf({ key, state }: Entry, sending: ReadonlySet<string>): Attempt {
  if (state.kind === 'accepted') return { kind: 'accepted', path: state.path };
  if (state.kind === 'refused') return afterRefusal(state.problem);
  if (state.why === undefined || sending.has(key)) return { kind: 'sending' };
  return { kind: 'waiting', why: state.why, until: state.nextAt };
}

function afterRefusal(problem: Problem): Attempt {
  if (problem.code === 'conflict') return { kind: 'conflict' };
  if (problem.code === 'invalid' && problem.errors?.length)
    return { kind: 'invalid', issues: problem.errors };
  return { kind: 'refused', problem };
}
