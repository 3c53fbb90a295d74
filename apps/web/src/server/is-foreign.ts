import { isSameOrigin, originOf } from '@spillway/api';
import { server } from '#server.ts';

/** Whether a page of another site has the browser send this. */
export function isForeign({ headers, url }: Pick<Request, 'headers' | 'url'>): boolean {
  const { SPILLWAY_BASE_URL } = server().config;
  const own = SPILLWAY_BASE_URL === undefined ? originOf(headers, url) : new URL(SPILLWAY_BASE_URL).origin;
  return !isSameOrigin(headers, own);
}
