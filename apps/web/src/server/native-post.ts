import type { Problem, SubmissionService } from '@spillway/api';
import { ApiError, originOf, toProblem } from '@spillway/api';
import type { Form } from '@spillway/forms';
import { fromFormData } from '@spillway/forms';
import type { PageReplay } from '#lib/handoff.ts';
import type { WaitReason } from '#lib/outbox/entry.ts';
import { TRAP_FIELD } from '#lib/trap-field.ts';
import { fieldOf, readForm } from './read-form.ts';

/** What came of a native post: an accepted one leads on, any other brings the page back with the answers. */
type NativeResult =
  | { readonly kind: 'accepted'; readonly path: string }
  | { readonly kind: 'again'; readonly replay: PageReplay; readonly problem: Problem };

interface Sender {
  readonly address: string | undefined;
  /** Another site's page had the browser send it: shown, and not stored until the person presses the button here. */
  readonly isForeign: boolean;
}

/** Takes a form's native post. */
export type NativePost = (form: Form, request: Request, sender: Sender) => Promise<NativeResult>;

/** The service's third door, beside REST and tRPC. `maxBytes`: longest body read, the answers with their escapes. */
export function createNativePost(service: SubmissionService, maxBytes: number): NativePost {
  return async (form, request, { address, isForeign }) => {
    let answers: PageReplay['answers'] = {};
    let id: string | undefined;
    try {
      const posted = await readForm(request, maxBytes);
      answers = fromFormData(form, posted);
      if (isForeign) throw new ApiError('forbidden', 'This was not sent from the pages of this site.');
      id = fieldOf(posted, '_id');
      const input = { ...(id !== undefined && { id }), form: form.name, data: answers };
      const origin = originOf(request.headers, request.url);
      const isTrapped = fieldOf(posted, TRAP_FIELD) !== undefined;
      const caller = { door: 'form', address, origin, locale: form.locale, isTrapped } as const;
      const receipt = await service.submit(() => input, caller);
      return { kind: 'accepted', path: `/s/${receipt.id}?receipt=${receipt.receipt}` };
    } catch (error) {
      const problem = toProblem(error);
      return { kind: 'again', replay: toReplay(problem, answers, id), problem };
    }
  };
}

function toReplay(problem: Problem, answers: PageReplay['answers'], id: string | undefined): PageReplay {
  const replay = { answers, issues: problem.code === 'invalid' ? (problem.errors ?? []) : [] };
  // The same id, whatever became of this attempt: the next one cannot count twice.
  const withId = { ...replay, ...(id !== undefined && { id }) };
  switch (problem.code) {
    case 'invalid':
      return withId;
    case 'rate-limited':
    case 'not-accepted':
    case 'shutting-down':
    case 'internal':
      return { ...withId, waiting: { why: whyOf(problem), seconds: problem.retryAfterSeconds ?? 0 } };
    // The page gets a new id: its button now sends these answers as new.
    case 'conflict':
    case 'invalid-id':
      return { ...replay, refused: { code: problem.code } };
    default:
      return { ...withId, refused: { code: problem.code } };
  }
}

function whyOf({ code, indeterminate }: Problem): WaitReason {
  if (code === 'rate-limited') return 'busy';
  if (code === 'internal') return 'lost';
  return indeterminate ? 'maybe' : 'no';
}
