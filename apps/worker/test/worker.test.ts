import {
  type PostgresServer,
  type RedisServer,
  startPostgres,
  startRedis,
  waitFor,
} from '@spillway/devstack';
import { type Db, createDb, listWorkers, submissions } from '@spillway/db';
import { type Queue, createQueue, newId } from '@spillway/queue';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type WorkerProcess, startWorkerProcess } from './process.ts';

const READY = { message: 'the worker to be ready' };

let postgres: PostgresServer;
let redis: RedisServer;
let worker: WorkerProcess;
let queue: Queue;

beforeAll(async () => {
  [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  await Promise.all([postgres.stop(), redis.stop()]);
  worker = await startWorkerProcess({ DATABASE_URL: postgres.url, REDIS_URL: redis.url, WORKER_NAME: 'one' });
});

afterAll(async () => {
  await worker?.end('SIGKILL');
  await queue?.close();
  await Promise.all([postgres?.stop(), redis?.stop()]);
});

const rows = () => ask((db) => db.select().from(submissions));

async function ask<T>(query: (db: Db) => Promise<T>): Promise<T> {
  const db = createDb(postgres.url);
  try {
    return await query(db);
  } finally {
    await db.$client.end();
  }
}

// The tests follow one worker through its life, in order.

test('with both stores absent it is alive, and says that it is not ready', async () => {
  await waitFor(async () => (await worker.get('/api/health/live')).status === 200, READY);
  const { status, body } = await worker.get('/api/health/ready');
  expect(status).toBe(503);
  expect(JSON.parse(body)).toMatchObject({ ready: false, worker: { name: 'one' } });
});

test('it is ready on Postgres alone', async () => {
  await postgres.start();
  await waitFor(worker.isReady, READY);
  const { body } = await worker.get('/api/health/ready');
  expect(JSON.parse(body)).toMatchObject({ ready: true, worker: { workingFrom: 'postgres' } });
});

test('it uses Redis as soon as it appears', async () => {
  await redis.start();
  await waitFor(
    async () => JSON.parse((await worker.get('/api/health/ready')).body).worker.workingFrom === 'redis',
    READY,
  );
});

test('each submission becomes one row, with its data as sent', async () => {
  queue = createQueue({ postgres: postgres.url, redis: redis.url });
  const sent = Array.from({ length: 50 }, (_, n) => ({
    id: newId(),
    form: 'contact',
    data: { n, text: 'a\u0000b\ud800' },
  }));
  await Promise.all(sent.map((submission) => queue.enqueue(submission)));
  const found = await waitFor(async () => {
    const all = await rows();
    return all.length >= sent.length ? all : undefined;
  });
  expect(found.map(({ id, form, data, attempts }) => ({ id, form, data, attempts })).toSorted(byId)).toEqual(
    sent.map((submission) => ({ ...submission, attempts: 1 })).toSorted(byId),
  );
});

test('with Redis killed it claims from Postgres', async () => {
  await redis.kill();
  const { id } = await queue.enqueue({ form: 'contact', data: { during: 'outage' } });
  await waitFor(async () => (await rows()).some((row) => row.id === id));
  expect(await worker.isReady()).toBe(true);
});

test('it reports to operators that it runs', async () => {
  const workers = await ask((db) => listWorkers(db, { sinceMs: 60_000 }));
  expect(workers).toMatchObject([{ name: 'one', version: expect.stringMatching(/^\d+\.\d+\.\d+$/) }]);
});

test('its metrics count what it settled', async () => {
  const { status, headers, body } = await worker.get('/api/metrics');
  expect(status).toBe(200);
  expect(headers.get('content-type')).toMatch(/^text\/plain/);
  expect(body).toContain('spillway_settled_total{queue="default"} 51');
  // Postgres was away a moment ago.
  await waitFor(async () =>
    (await worker.get('/api/metrics')).body.includes('spillway_store_up{queue="default",store="postgres"} 1'),
  );
});

test('its port answers no other requests', async () => {
  expect((await worker.get('/')).status).toBe(404);
  expect((await worker.get('/constructor')).status).toBe(404);
  const { status, headers } = await worker.get('/api/health/live', { method: 'POST' });
  expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD']);
});

test('no log line carries what people submitted', () => {
  expect(worker.output()).not.toContain('outage');
});

test('with Postgres killed it stays up, and is ready again when Postgres is back', async () => {
  await redis.start();
  await waitFor(() => queue.health().redis.state === 'up', READY);
  await postgres.kill();
  const { id } = await queue.enqueue({ form: 'contact', data: { while: 'down' } });
  await waitFor(async () => !(await worker.isReady()), READY);
  await postgres.start();
  await waitFor(worker.isReady, READY);
  await waitFor(async () => (await rows()).filter((row) => row.id === id).length === 1, READY);
});

test('SIGTERM ends it with 0, within its grace time', async () => {
  expect(await worker.end('SIGTERM')).toBe(0);
  expect(worker.output()).toContain('"event":"stopped"');
});

test('SIGINT ends a worker that never saw a store, with 0', async () => {
  await Promise.all([postgres.stop(), redis.stop()]);
  const lonely = await startWorkerProcess({ DATABASE_URL: postgres.url, REDIS_URL: redis.url });
  await waitFor(async () => (await lonely.get('/api/health/live')).status === 200, READY);
  expect(await lonely.end('SIGINT')).toBe(0);
});

function byId(a: { id: string }, b: { id: string }): number {
  return a.id < b.id ? -1 : 1;
}
