import type { IncomingMessage } from 'node:http';

/** A method that no `Request` may have. */
const UNSPEAKABLE = new Set(['TRACE', 'CONNECT']);
/** How much of a page a browser has already: more than this, Next refuses with 500 too. */
const MAX_TREE_CHARS = 40_000;
/** What `OPTIONS *` leads to: it is about the server as a whole, and there is nothing to be said of that. */
const NOWHERE = '/api/nowhere';
/** Next copies each cookie over all those before it: 800 of them take a quarter of a second. */
const MAX_COOKIES = 50;
const OWN_COOKIE = /^\s*(?:lang=|(?:__Host-)?spillway\.)/;

/**
 * Changes what Next would answer with 500, and log with a stack, into what it can answer: the fault is the sender's, and
 * anyone could fill the log with it. Found by test/fuzz.test.ts.
 */
export function makeAnswerable(request: IncomingMessage): void {
  const { headers, method = 'GET' } = request;
  request.url = decodable(pathOf(request.url ?? '/'));
  if (UNSPEAKABLE.has(method)) request.method = 'OPTIONS';
  // There are no server actions here, and nothing takes files: Next would look for an action in both.
  delete headers['next-action'];
  if (headers['content-type']?.toLowerCase().includes('multipart/form-data')) {
    headers['content-type'] = 'application/octet-stream';
  }
  if (headers.cookie !== undefined) headers.cookie = fewCookies(headers.cookie);
  if (!isTree(headers['next-router-state-tree'])) delete headers['next-router-state-tree'];
}

/** The path and query of a target in whatever form HTTP allows: a path, a whole address as proxies get it, or `*`. */
function pathOf(target: string): string {
  if (target.startsWith('/')) return target;
  const { protocol, pathname, search } = URL.parse(target) ?? {};
  return protocol === 'http:' || protocol === 'https:' ? `${pathname}${search}` : NOWHERE;
}

/** A path that cannot be decoded, taken literally, is one that leads nowhere. */
function decodable(url: string): string {
  const [path = '', ...query] = url.split('?');
  try {
    decodeURIComponent(path);
    return url;
  } catch {
    return [path.replaceAll('%', '%25'), ...query].join('?');
  }
}

/** A host may have other applications with cookies of their own: where there are many, only ours are kept. */
function fewCookies(header: string): string {
  const cookies = header.split(';');
  if (cookies.length <= MAX_COOKIES) return header;
  return cookies
    .filter((cookie) => OWN_COOKIE.test(cookie))
    .slice(0, MAX_COOKIES)
    .join(';');
}

/** Whether Next can read it: nested lists of a segment and what lies below it. Without, it sends the whole page. */
function isTree(header: string | string[] | undefined): boolean {
  if (typeof header !== 'string' || header.length > MAX_TREE_CHARS) return false;
  try {
    return isNode(JSON.parse(decodeURIComponent(header)));
  } catch {
    return false;
  }
}

function isNode(value: unknown): boolean {
  if (!Array.isArray(value)) return false;
  const [segment, below]: unknown[] = value;
  const isSegment = typeof segment === 'string' || Array.isArray(segment);
  return isSegment && typeof below === 'object' && below !== null && Object.values(below).every(isNode);
}
