import type { Problem, SubmissionService } from '@spillway/api';
import { ApiError, originOf, toProblem } from '@spillway/api';
import type { Form } from '@spillway/forms';
import { fromFormData } from '@spillway/forms';
import type { PageReplay } from '#lib/handoff.ts';

/** What came of a native post: an accepted one leads on, any other brings the page back with the answers. */
type NativeResult =
  | { readonly kind: 'accepted'; readonly path: string }
  | { readonly kind: 'again'; readonly replay: PageReplay; readonly problem: Problem };

/** Takes a form's native post. */
export type NativePost = (form: Form, request: Request, address: string | undefined) => Promise<NativeResult>;

/** The service's third door, beside REST and tRPC. `maxBytes`: longest body read, the answers with their escapes. */
export function createNativePost(service: SubmissionService, maxBytes: number): NativePost {
  return async (form, request, address) => {
    let answers: PageReplay['answers'] = {};
    let id: string | undefined;
    try {
      const posted = await readForm(request, maxBytes);
      answers = fromFormData(form, posted);
      id = text(posted.get('_id'));
      const input = { ...(id !== undefined && { id }), form: form.name, data: answers };
      const caller = { door: 'form', address, origin: originOf(request.headers, request.url) } as const;
      const receipt = await service.submit(() => input, caller);
      return { kind: 'accepted', path: `/s/${receipt.id}?receipt=${receipt.receipt}` };
    } catch (error) {
      const problem = toProblem(error);
      return { kind: 'again', replay: toReplay(problem, answers, id), problem };
    }
  };
}

function toReplay(problem: Problem, answers: PageReplay['answers'], id: string | undefined): PageReplay {
  const base = { answers, issues: [] };
  switch (problem.code) {
    case 'invalid':
      return { ...base, ...(id !== undefined && { id }), issues: problem.errors ?? [] };
    case 'conflict':
      // The page gets a new id: its button now sends these answers as new.
      return { ...base, failure: { kind: 'conflict' } };
    case 'invalid-id':
      return {
        ...base,
        failure: {
          kind: 'failed',
          title: 'This page was open for too long',
          detail: 'Nothing was sent. Press the button once more.',
        },
      };
    default:
      // The same id: whatever became of this attempt, the next one cannot count twice.
      return { ...base, ...(id !== undefined && { id }), failure: failureOf(problem) };
  }
}

function failureOf(problem: Problem): NonNullable<PageReplay['failure']> {
  if (problem.indeterminate === undefined)
    return { kind: 'failed', title: problem.title, detail: problem.detail };
  const wait = problem.retryAfterSeconds ? ` in ${problem.retryAfterSeconds} seconds` : '';
  if (problem.code === 'rate-limited') {
    return {
      kind: 'failed',
      title: 'Too many submissions from your address',
      detail: `Yours was not stored. Your answers are kept on this page: press the button again${wait}.`,
    };
  }
  return {
    kind: 'failed',
    title: problem.indeterminate ? 'Not confirmed yet' : 'Not accepted at the moment',
    detail: problem.indeterminate
      ? `It may still arrive. Your answers are kept on this page: press the button again${wait}; they count only once.`
      : `Nothing was stored. Your answers are kept on this page: press the button again${wait}.`,
  };
}

async function readForm(request: Request, maxBytes: number): Promise<FormData> {
  const type = request.headers.get('content-type') ?? '';
  if (!type.startsWith('application/x-www-form-urlencoded')) {
    throw new ApiError('unsupported-media-type', 'Send the form as your browser would.');
  }
  const body = await request.arrayBuffer();
  if (body.byteLength > maxBytes) {
    throw new ApiError(
      'too-large',
      'Your answers are too long to be sent. Go back, shorten them and send again.',
    );
  }
  return new Response(body, { headers: { 'content-type': type } }).formData();
}

function text(value: FormDataEntryValue | null): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
