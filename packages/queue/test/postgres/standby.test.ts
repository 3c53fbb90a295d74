import { startPostgres, startStandby, waitFor } from '@spillway/devstack';
import type { PostgresServer } from '@spillway/devstack';
import { createQueue, createWorker, migrate } from '@spillway/queue';
import pg from 'pg';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { recordEffects } from '../story.ts';

// A failover in three acts: the primary is lost, connections lead to the standby, which cannot write yet, and then can.

let primary: PostgresServer;
let standby: PostgresServer;

beforeAll(async () => {
  primary = await startPostgres({ settings: { wal_level: 'replica', hot_standby: 'on' } });
  standby = await startStandby(primary);
});
afterAll(async () => {
  await Promise.all([primary?.stop(), standby?.stop()]);
});

it('a standby that cannot write yet burns no attempt; promoted, it has all that was acknowledged, once', async () => {
  await migrate(primary.url);
  const before = createQueue({ name: 'failover', postgres: primary.url });
  const accepted = await Promise.all(
    Array.from({ length: 50 }, (_, n) => before.enqueue({ form: 'inbox', data: { n } })),
  );
  await ask(primary.url, 'CREATE TABLE effects (id uuid)');
  await before.close();
  const replayed = () => count(standby.url, 'SELECT count(*)::int AS n FROM spillway.fallback_submissions');
  await waitFor(async () => (await replayed()) === accepted.length);
  await primary.kill();

  const queue = createQueue({ name: 'failover', postgres: standby.url });
  onTestFinished(() => queue.close());
  const worker = createWorker(queue, { batch: recordEffects }, { pollMs: 50 });
  onTestFinished(() => worker.stop());
  worker.start();
  await waitFor(() => worker.view().paused !== undefined || queue.health().postgres.state === 'down');
  await expect(queue.enqueue({ form: 'inbox', data: {} })).rejects.toMatchObject({ indeterminate: false });
  expect(worker.view().settled).toBe(0);

  await ask(standby.url, 'SELECT pg_promote()');
  const effects = () => count(standby.url, 'SELECT count(*)::int AS n FROM effects');
  await waitFor(async () => (await effects()) === accepted.length);
  const attempts = 'SELECT max(attempts)::int AS n FROM spillway.submission_outcomes';
  expect(await count(standby.url, attempts)).toBe(1);
  expect(await count(standby.url, 'SELECT count(DISTINCT id)::int AS n FROM effects')).toBe(accepted.length);
  await waitFor(() => queue.health().postgres.state === 'up');
  expect((await queue.enqueue({ form: 'inbox', data: {} })).via).toBe('postgres');
});

async function ask<Row extends Record<string, unknown>>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  try {
    await client.connect();
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end().catch(() => {});
  }
}

async function count(url: string, sql: string): Promise<number | undefined> {
  return (await ask<{ n: number }>(url, sql))[0]?.n;
}
