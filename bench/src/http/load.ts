import autocannon from 'autocannon';
import { data } from '../payload.ts';

export const CONNECTIONS = 64;
const BODY = JSON.stringify({ data });

/** Posts submissions from 64 connections; resolves to answers per second. Rejects where one was not accepted. */
export async function load(url: string, windowMs: number): Promise<number> {
  const result = await autocannon({
    url,
    method: 'POST',
    connections: CONNECTIONS,
    duration: windowMs / 1_000,
    headers: { 'content-type': 'application/json' },
    body: BODY,
  });
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${url}: ${result.non2xx} refused, ${result.errors} failed`);
  return result['2xx'] / result.duration;
}
