import type { Api, Problem } from '@spillway/api';
import { ApiError, originOf, toProblem } from '@spillway/api';
import type { Form } from '@spillway/forms';
import { fromFormData } from '@spillway/forms';
import type { PageReplay } from '#lib/handoff.ts';
import type { WaitReason } from '#lib/outbox/entry.ts';
import { TRAP_FIELD } from '#lib/trap-field.ts';
import { fieldOf, readForm } from './read-form.ts';
import type { PostedForm } from './read-form.ts';

/** Of a sender that is not let in, no more is read than to show it again: ten thousand characters in any script. */
const REPLAY_MAX_BYTES = 128 * 1024;

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

/**
 * The service's third channel, beside REST and tRPC. `maxBytes`: longest body read, the answers with their escapes. Origin and
 * address come before the body.
 */
export function createNativePost(
  { service, admit }: Pick<Api, 'service' | 'admit'>,
  maxBytes: number,
): NativePost {
  /** What a sender wrote that is not let in. `undefined`: it is too long, or the address gets too many pages again. */
  async function readForReplay(
    request: Request,
    address: string | undefined,
  ): Promise<PostedForm | undefined> {
    if (request.bodyUsed) return undefined;
    try {
      await admit.replay(address);
      return await readForm(request, REPLAY_MAX_BYTES);
    } catch {
      return undefined;
    }
  }

  return async (form, request, { address, isForeign }) => {
    let posted: PostedForm | undefined;
    try {
      if (isForeign) throw new ApiError('forbidden', 'This was not sent from the pages of this site.');
      const admission = await service.admit('form', address);
      posted = await readForm(request, maxBytes);
      const id = fieldOf(posted, '_id');
      const input = { ...(id !== undefined && { id }), form: form.name, data: fromFormData(form, posted) };
      const origin = originOf(request.headers, request.url);
      const isTrapped = fieldOf(posted, TRAP_FIELD) !== undefined;
      const caller = {
        channel: 'form',
        address,
        origin,
        locale: form.locale,
        isTrapped,
        admission,
      } as const;
      const receipt = await service.submit(() => input, caller);
      return { kind: 'accepted', path: `/s/${receipt.id}?receipt=${receipt.receipt}` };
    } catch (error) {
      const problem = toProblem(error);
      posted ??= await readForReplay(request, address);
      const answers = posted && fromFormData(form, posted);
      // Under an id of its own: another site must not choose it.
      const id = posted && !isForeign ? fieldOf(posted, '_id') : undefined;
      return { kind: 'again', replay: toReplay(problem, answers, id), problem };
    }
  };
}

/** `answers`: undefined where they were not read, so that the page cannot have them. */
function toReplay(
  problem: Problem,
  answers: PageReplay['answers'] | undefined,
  id: string | undefined,
): PageReplay {
  if (!answers) {
    const unread = { seconds: problem.retryAfterSeconds ?? 0 };
    return { answers: {}, issues: [], refused: { code: problem.code }, unread };
  }
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
