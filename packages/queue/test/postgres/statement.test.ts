import { afterAll, beforeAll, expect, it } from 'vitest';
import { freshDatabase, openPool, openQueue, startStores } from '../support.ts';
import type { Stack } from '../support.ts';

let stack: Stack;

beforeAll(async () => {
  stack = await startStores();
});

afterAll(async () => {
  await stack[Symbol.asyncDispose]();
});

it('refuses nobody when a pooler has forgotten the names of prepared statements', async () => {
  // One connection, so that the names that are lost are those that the next call uses.
  const pool = openPool({ connectionString: await freshDatabase(stack), max: 1 });
  const { queue } = await openQueue(stack, { postgres: pool, primary: 'postgres' });
  const first = await queue.enqueue({ form: 'inbox', data: 1 });
  await pool.query('DEALLOCATE ALL');
  const second = await queue.enqueue({ form: 'inbox', data: 2 });
  expect([first.via, second.via]).toEqual(['postgres', 'postgres']);
  await queue.close();
  await pool.end();
});
