import { sql } from 'drizzle-orm';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createWorker } from '@spillway/queue';
import type { Transaction } from '@spillway/queue';
import { writeOutcomes } from '../src/postgres/outcome.ts';
import { envelope, freshDatabase, openQueue, startStores } from './support.ts';
import type { Stack } from './support.ts';

let stack: Stack;

beforeAll(async () => {
  stack = await startStores();
});

afterAll(async () => {
  await stack[Symbol.asyncDispose]();
});

async function settingOf(tx: Transaction, name: string): Promise<string> {
  const { rows } = await tx.execute<{ value: string }>(sql`SELECT current_setting(${name}) AS value`);
  return rows[0]?.value ?? '';
}

it('commits to disk whatever the default, and leaves the handler its own settings', async () => {
  const settings = encodeURIComponent('-c synchronous_commit=off -c lock_timeout=7s');
  const url = `${await freshDatabase(stack)}?options=${settings}`;
  const { queue } = await openQueue(stack, { postgres: url });
  const { promise: seen, resolve } = Promise.withResolvers<Record<string, string>>();
  const worker = createWorker(queue, {
    batch: async (_, tx) =>
      resolve({
        synchronous_commit: await settingOf(tx, 'synchronous_commit'),
        lock_timeout: await settingOf(tx, 'lock_timeout'),
        transaction_isolation: await settingOf(tx, 'transaction_isolation'),
      }),
  });
  worker.start();
  await queue.enqueue({ form: 'inbox', data: {} });
  expect(await seen).toEqual({
    synchronous_commit: 'on',
    lock_timeout: '7s',
    transaction_isolation: 'read committed',
  });
  await worker.stop();
  await queue.close();
});

it('writes no outcome where its transaction has not begun', async () => {
  const { queue, url } = await openQueue(stack);
  const pool = new pg.Pool({ connectionString: url });
  const client = await pool.connect();
  const claims = [{ envelope: envelope(), token: 'token', attempt: 1, history: [] }];
  await expect(writeOutcomes(client, queue.name, claims, { status: 'done' })).rejects.toThrow(
    'has not begun',
  );
  const { rowCount } = await client.query('SELECT FROM submission_outcomes WHERE id = $1', [
    claims[0]?.envelope.id,
  ]);
  expect(rowCount).toBe(0);
  client.release();
  await pool.end();
  await queue.close();
});
