import { randomBytes } from 'node:crypto';
import type { Problem } from '@spillway/api';
import { NextResponse } from 'next/server';
import type { NextRequest } from 'next/server';
import { isDevelopment } from './env.ts';
import { encodeHandoff, HANDOFF_HEADER, STATUS_HEADER } from './lib/handoff.ts';
import { LOCALE_HEADER, PATH_HEADER } from './lib/page-headers.ts';
import { chooseLocale } from './server/choose-locale.ts';
import { failed } from './server/answering.ts';
import { preparePage } from './server/prepare-page.ts';
import type { Prepared } from './server/prepare-page.ts';

/** No page has this address, so that Next renders its complete "not found" page with status 404. */
const NOWHERE = '/nowhere';

/** Paths that are not pages get their policy from next.config.ts. */
export const config = { matcher: '/((?!api/|_next/static/|icon\\.svg$).*)' };

/** Runs before each page: sets the headers that the page cannot compute itself, and its security policy. */
export async function proxy(request: NextRequest): Promise<Response> {
  const prepared = await preparePage(request).catch((error: unknown) => failedPage(error));
  if (prepared.kind === 'redirect') return NextResponse.redirect(new URL(prepared.path, request.url), 303);

  const { locale, cookie, path } = chooseLocale(request.nextUrl, request.headers);
  const headers = new Headers(request.headers);
  headers.set(LOCALE_HEADER, locale);
  headers.set(PATH_HEADER, path);
  headers.delete(HANDOFF_HEADER);
  if (prepared.kind === 'page' && prepared.handoff)
    headers.set(HANDOFF_HEADER, encodeHandoff(prepared.handoff));
  const policy = contentSecurityPolicy(randomBytes(16).toString('base64'));
  // On the request as well: from there, Next takes the nonce for its own scripts.
  headers.set('content-security-policy', policy);

  const init = { request: { headers } };
  const instead = insteadOf(prepared);
  const response =
    instead === undefined
      ? NextResponse.next(init)
      : NextResponse.rewrite(new URL(instead, request.url), init);
  response.headers.set('content-security-policy', policy);
  if (cookie) response.headers.append('set-cookie', cookie);
  if ((prepared.kind === 'page' || prepared.kind === 'failed') && prepared.problem)
    setStatus(response.headers, prepared.problem);
  return response;
}

/** The page of the problem, in place of the one that could not be prepared. */
function failedPage(error: unknown): { readonly kind: 'failed'; readonly problem: Problem } {
  return { kind: 'failed', problem: failed(error) };
}

function insteadOf(prepared: Prepared | ReturnType<typeof failedPage>): string | undefined {
  if (prepared.kind === 'missing') return NOWHERE;
  return prepared.kind === 'failed' ? `/problems/${prepared.problem.code}` : undefined;
}

/** A proxy cannot set the status of the page that follows: server/requests.ts does, from this header. */
function setStatus(headers: Headers, { status, retryAfterSeconds }: Problem): void {
  headers.set(STATUS_HEADER, String(status));
  if (retryAfterSeconds !== undefined) headers.set('retry-after', String(retryAfterSeconds));
}

function contentSecurityPolicy(nonce: string): string {
  return [
    "default-src 'self'",
    // Not 'strict-dynamic': then any script that a tricked script of this site adds would run as well.
    `script-src 'self' 'nonce-${nonce}'${isDevelopment ? " 'unsafe-eval'" : ''}`,
    // Style sheets are files; what scripts set on an element's own style is no inline style. Hot reload's are inline.
    `style-src 'self'${isDevelopment ? " 'unsafe-inline'" : ''}`,
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}
