import { ApiError, isApiError, problemResponse, readBytes, toProblem } from '@spillway/api';
import { addressOf, server } from '#server.ts';
import { isForeign } from './is-foreign.ts';

/** A sign-in is two short texts. */
const MAX_BODY_BYTES = 16 * 1024;
/** What browsers need of the sign-in library. The rest, such as changing users, goes through our own procedures, which ask for roles and keep a record. */
const OPEN = /^\/api\/auth\/(sign-in\/email|sign-out|get-session|error)(\/|$)/;
const OPEN_WITH_SSO = /^\/api\/auth\/(sign-in|oauth2|callback)(\/|$)/;

/**
 * `/api/auth/*`: what changes something is taken from our own pages only, so often a minute from one address, and not read any further than it may be long.
 * The library looks at the origin too, but only where a cookie or a browser's other headers come along.
 */
export async function handleAuth(request: Request): Promise<Response> {
  const { auth, log } = server();
  try {
    return await auth.handler(await checked(request));
  } catch (error) {
    if (!isApiError(error)) log.error({ event: 'auth', err: error }, 'A sign-in failed unexpectedly.');
    return problemResponse(toProblem(error));
  }
}

async function checked(request: Request): Promise<Request> {
  const { url, method, headers } = request;
  const { pathname } = new URL(url);
  const isOpen = OPEN.test(pathname) || (server().ssoName !== undefined && OPEN_WITH_SSO.test(pathname));
  if (!isOpen) throw new ApiError('not-found', 'There is nothing at this address.');
  if (method === 'GET' || method === 'HEAD') return request;
  if (isForeign(request))
    throw new ApiError('forbidden', 'Sign-ins are taken from the pages of this site only.');
  await server().api.admit.signIn(addressOf(headers));
  return new Request(url, { method, headers, body: await readBytes(request, MAX_BODY_BYTES) });
}
