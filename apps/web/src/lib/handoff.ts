import type { FindInput, Problem, SubmissionView } from '@spillway/api';
import type { Replay } from '#components/form/replay.ts';

/** The data that a native post passes to the page that answers it. */
export interface PageReplay extends Replay {
  /** The submission's id, where it stays the same. Left out: the page mints a new one. */
  readonly id?: string;
}

/** What the proxy found out for the page. */
export interface Handoff {
  readonly replay?: PageReplay;
  readonly status?: SubmissionView;
  readonly search?: Search;
}

/** A search for a submission that found nothing: the input, and the reason. */
export interface Search extends FindInput {
  readonly problem: Problem;
}

/** Carries the handoff from the proxy to the page, inside this server only: from outside it is stripped. */
export const HANDOFF_HEADER = 'x-spillway-handoff';

/** A response header of the proxy that becomes the rendered page's status, and goes no further. */
export const STATUS_HEADER = 'x-spillway-status';

export function encodeHandoff(handoff: Handoff): string {
  return Buffer.from(JSON.stringify(handoff)).toString('base64url');
}

/** Takes the headers of the page's request. */
export function readHandoff(headers: Headers): Handoff {
  const text = headers.get(HANDOFF_HEADER);
  return text === null ? {} : JSON.parse(Buffer.from(text, 'base64url').toString());
}
