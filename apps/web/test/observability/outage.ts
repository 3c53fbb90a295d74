import { randomBytes } from 'node:crypto';
import { createDb } from '@spillway/db';
import { waitFor } from '@spillway/devstack';
import type { Environment } from '../environment.ts';

/** One at a time, so that what comes second waits until the first is done. */
export const ONE_BY_ONE = { WORKER_CONCURRENCY: '1', WORKER_BATCH_SIZE: '1' };

/** Something that happened on the way. */
export interface Moment {
  readonly atMs: number;
  readonly what: string;
}

export interface Played {
  readonly id: string;
  readonly traceId: string;
  readonly via: string;
  readonly moments: readonly Moment[];
}

/**
 * One submission's way through an outage: Redis hangs and is killed, Postgres takes it, Redis comes back, recovery moves it
 * there, and the worker, which had its hands full until then, takes it from there. Needs a worker that works one by one.
 */
export async function playOutage({ web, databaseUrl, redis, workerUrl }: Environment): Promise<Played> {
  const worker = (path: string) => fetch(`${workerUrl()}${path}`);
  const moments: Moment[] = [];
  const note = (what: string) => moments.push({ atMs: Date.now(), what });
  const db = createDb(databaseUrl);
  const client = await db.$client.connect();
  try {
    // Whoever processes waits for this lock: it is what keeps the worker busy with the first.
    await client.query('BEGIN; LOCK TABLE submissions IN ACCESS EXCLUSIVE MODE');
    await submit(web.url, 'The first.', newTraceId());
    await waitFor(async () => /^spillway_in_flight\{.*\} 1$/m.test(await textOf(worker('/api/metrics'))));
    await redis.freeze();
    note('Redis hangs');
    const traceId = newTraceId();
    const { id, via } = await submit(web.url, 'Is the hall accessible by wheelchair?', traceId);
    await redis.kill();
    note('Redis is killed');
    await waitFor(async () => !(await isUp(web.url)));
    await redis.start();
    note('Redis is back');
    await waitFor(() => isUp(web.url));
    const isRecovered = async () =>
      /^spillway_recovered_total\{.*\} [1-9]/m.test(await textOf(worker('/api/metrics')));
    await waitFor(isRecovered, { message: 'recovery' });
    await client.query('ROLLBACK');
    note('the worker is free');
    return { id, traceId, via, moments };
  } finally {
    client.release();
    await db.$client.end();
  }
}

/** As a browser would that is traced itself. */
export async function submit(
  url: string,
  message: string,
  traceId: string,
): Promise<{ id: string; via: string; url: string }> {
  const data = { name: 'Ada Lovelace', email: 'ada@example.com', message };
  const response = await fetch(`${url}/api/submit`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-01`,
    },
    body: JSON.stringify({ form: 'contact', data }),
  });
  if (response.status !== 202) throw new Error(`answered ${response.status}`);
  return JSON.parse(await response.text());
}

export function newTraceId(): string {
  return randomBytes(16).toString('hex');
}

async function isUp(url: string): Promise<boolean> {
  const { redis } = JSON.parse(await textOf(fetch(`${url}/api/health/ready`)));
  return redis.state === 'up';
}

async function textOf(response: Promise<Response>): Promise<string> {
  return (await response).text();
}
