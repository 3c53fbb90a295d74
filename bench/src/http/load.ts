import autocannon from 'autocannon';
import { data } from '../payload.ts';

export const CONNECTIONS = 64;
const BODY = JSON.stringify({ data });

/** What came of the posts. */
export interface Answers {
  /** Those that were accepted. */
  readonly perSecond: number;
  /** How many were not, by status; connections that broke count as 0. */
  readonly refused: Readonly<Record<string, number>>;
}

/** Posts submissions from 64 connections for so long. */
export async function load(url: string, windowMs: number): Promise<Answers> {
  const result = await autocannon({
    url,
    method: 'POST',
    connections: CONNECTIONS,
    duration: windowMs / 1_000,
    headers: { 'content-type': 'application/json' },
    body: BODY,
  });
  const refused: Record<string, number> = result.errors > 0 ? { 0: result.errors } : {};
  for (const [status, { count = 0 }] of Object.entries(result.statusCodeStats ?? {}))
    if (!status.startsWith('2')) refused[status] = count;
  return { perSecond: result['2xx'] / result.duration, refused };
}
