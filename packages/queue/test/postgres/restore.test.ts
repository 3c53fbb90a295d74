import { startPostgres, startRedis, startStandby, waitFor } from '@spillway/devstack';
import type { PostgresServer, RedisServer } from '@spillway/devstack';
import { createQueue, createWorker, migrate, newId } from '@spillway/queue';
import type { Queue, Worker } from '@spillway/queue';
import pg from 'pg';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { enqueueMany, recordEffects } from '../story.ts';

// What docs/operations.md says of a Postgres that is restored to an earlier moment, while Redis goes on.

const NAME = 'restored';
const SOME = 20;

let postgres: PostgresServer;
let backup: PostgresServer;
let redis: RedisServer;

beforeAll(async () => {
  [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  backup = await startStandby(postgres);
});
afterAll(async () => {
  await Promise.all([postgres?.stop(), backup?.stop(), redis?.stop()]);
});

it('what was settled stays settled, what waits takes effect once, and what is lost is missed and can be sent again', async () => {
  await migrate(postgres.url);
  await ask(postgres.url, 'CREATE TABLE effects (id uuid)');
  const redisFirst = open(postgres.url, 'redis');
  const postgresFirst = open(postgres.url, 'postgres');
  const settledBefore = await enqueueMany(redisFirst, SOME);
  await workOff(redisFirst, settledBefore);
  const waitedThen = await enqueueMany(postgresFirst, SOME);

  // The moment of the backup.
  const copied = 'SELECT count(*)::int AS n FROM spillway.fallback_submissions';
  await waitFor(async () => (await ask(backup.url, copied))[0]?.['n'] === SOME);
  await backup.stop();

  const settledAfter = await enqueueMany(redisFirst, SOME);
  await workOff(redisFirst, [...waitedThen, ...settledAfter]);
  const waitsInRedis = await enqueueMany(redisFirst, SOME);
  await Promise.all([redisFirst.close(), postgresFirst.close()]);
  await postgres.kill();
  await backup.start();
  await ask(backup.url, 'SELECT pg_promote()');

  const queue = open(backup.url, 'redis');
  await waitFor(() => queue.health().redis.state === 'up' && queue.health().postgres.keeps === 'disk');
  const states = async () => Promise.all(settledAfter.map(async (id) => (await queue.status(id)).state));
  // `received` is the answer while a store does not answer in time.
  await waitFor(async () => !(await states()).includes('received'));
  expect(new Set(await states())).toEqual(new Set(['missing']));
  const lost = settledAfter[0] ?? newId();
  await queue.enqueue({ id: lost, form: 'inbox', data: { n: 0 } });
  const expected = [...settledBefore, ...waitedThen, ...waitsInRedis, lost];
  await workOff(queue, expected.slice(SOME));
  const effects = (await ask(backup.url, 'SELECT id FROM effects')).map(({ id }) => String(id));
  expect(effects.toSorted()).toEqual(expected.toSorted());
});

function open(url: string, primary: 'postgres' | 'redis'): Queue {
  const queue = createQueue({ name: NAME, redis: redis.url, postgres: url, primary });
  onTestFinished(() => queue.close());
  return queue;
}

async function workOff(queue: Queue, ids: readonly string[]): Promise<void> {
  const worker: Worker = createWorker(queue, { batch: recordEffects }, { pollMs: 50, recoverMs: 100 });
  worker.start();
  const isDone = async (id: string) => (await queue.status(id)).state === 'processed';
  await waitFor(async () => (await Promise.all(ids.map(isDone))).every(Boolean));
  await worker.stop();
}

async function ask(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  try {
    await client.connect();
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end().catch(() => {});
  }
}
