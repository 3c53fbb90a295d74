import { ApiError, isApiError, toProblem } from '@spillway/api';
import type { Problem } from '@spillway/api';
import { formByName } from '@spillway/forms';
import type { Handoff } from '#lib/handoff.ts';
import { addressOf, server } from '#server.ts';
import { chooseLocale } from './choose-locale.ts';
import { isForeign } from './is-foreign.ts';
import { fieldOf, readForm } from './read-form.ts';

const FORM_PATH = /^\/forms\/([^/]+)\/?$/;
const FIND_MAX_BYTES = 4 * 1024;
const FIND_PATH = /^\/find\/?$/;
const RECEIPT_PATH = /^\/s\/([^/]+)\/?$/;

/** What is to become of a request for a page. */
export type Prepared =
  /** `problem`: what the page tells of, which gives it its status. */
  | { readonly kind: 'page'; readonly handoff?: Handoff; readonly problem?: Problem }
  | { readonly kind: 'missing' }
  | { readonly kind: 'redirect'; readonly path: string };

/**
 * What a page cannot do for itself. A page cannot read a request's body, and it cannot say 404 in a way that is
 * seen without JavaScript: Next leaves that to the browser's script.
 */
export async function preparePage(request: Request): Promise<Prepared> {
  const { pathname, searchParams } = new URL(request.url);
  const form = FORM_PATH.exec(pathname)?.[1];
  if (form !== undefined) return prepareForm(form, request);
  const id = RECEIPT_PATH.exec(pathname)?.[1];
  if (id !== undefined) return prepareReceipt(id, searchParams.get('receipt') ?? '');
  if (FIND_PATH.test(pathname) && request.method === 'POST') return prepareFind(request);
  return { kind: 'page' };
}

/**
 * A form posts its plain fields to its own address, and not to a server action: an action is named by a hash
 * that changes with the build, so a page left open over a deployment would post into nothing and lose the
 * answers. Here an old page's post is a post like any other. Accepted, it leads to its receipt; otherwise the
 * page is rendered again, with the answers and what is wrong with them.
 */
async function prepareForm(name: string, request: Request): Promise<Prepared> {
  const form = formByName(name, chooseLocale(new URL(request.url), request.headers).locale);
  // An open form has no questions, so it has no page.
  if (!form || form.fields.length === 0) return { kind: 'missing' };
  if (request.method !== 'POST') return { kind: 'page' };
  const sender = { address: addressOf(request.headers), isForeign: isForeign(request) };
  const result = await server().nativePost(form, request, sender);
  if (result.kind === 'accepted') return { kind: 'redirect', path: result.path };
  return { kind: 'page', handoff: { replay: result.replay }, problem: result.problem };
}

async function prepareReceipt(id: string, code: string): Promise<Prepared> {
  try {
    return { kind: 'page', handoff: { status: await server().api.service.status(id, code) } };
  } catch (error) {
    if (isApiError(error) && error.problem.code === 'not-found') return { kind: 'missing' };
    throw error;
  }
}

/** Posted, and not asked for by GET: an email address has no business in addresses and logs. */
async function prepareFind(request: Request): Promise<Prepared> {
  let input = { reference: '', proof: '' };
  try {
    if (isForeign(request)) throw new ApiError('forbidden', 'This was not sent from the pages of this site.');
    const read = async () => {
      const posted = await readForm(request, FIND_MAX_BYTES);
      return (input = {
        reference: fieldOf(posted, 'reference') ?? '',
        proof: fieldOf(posted, 'proof') ?? '',
      });
    };
    return { kind: 'redirect', path: await server().api.service.find(read, addressOf(request.headers)) };
  } catch (error) {
    const problem = toProblem(error);
    return { kind: 'page', handoff: { search: { ...input, problem } }, problem };
  }
}
