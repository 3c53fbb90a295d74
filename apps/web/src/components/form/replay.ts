import type { ProblemCode } from '@spillway/api';
import type { Answers, Issue } from '@spillway/forms';
import type { WaitReason } from '#lib/outbox/entry.ts';

/** What a native post left behind: the page is rendered again with it. */
export interface Replay {
  readonly answers: Answers;
  readonly issues: readonly Issue[];
  /** Not accepted this time. With JavaScript the page sends it again, without JavaScript the person does. */
  readonly waiting?: { readonly why: WaitReason; readonly seconds: number };
  /** Sending the same again would not help; after a conflict, only under the new id that the page carries. */
  readonly refused?: { readonly code: ProblemCode };
  /** The answers were not read, so the page has none of them. `seconds`: when they may be sent again. */
  readonly unread?: { readonly seconds: number };
}

/** Whether the page has to say that the post was not accepted. */
export function hasFailed(replay: Replay | undefined): boolean {
  if (!replay) return false;
  return replay.issues.length > 0 || replay.waiting !== undefined || replay.refused !== undefined;
}
