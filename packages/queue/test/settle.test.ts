import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createWorker } from '@spillway/queue';
import type { Transaction } from '@spillway/queue';
import { freshDatabase, openQueue, startStores } from './support.ts';
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
