import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type Stack, readStackState, startStack } from '../src/index.ts';
import { exitCode, firstLine, redisClient, sqlClient, startProgram, temporaryFolder } from './helpers.ts';

test('data and URLs stay from one run to the next', async () => {
  const root = await temporaryFolder();
  const first = await startStack({ root });
  await (await sqlClient(first.databaseUrl)).query(`CREATE TABLE notes AS SELECT 'kept' AS text`);
  await (await redisClient(first.redisUrl ?? '')).set('note', 'kept');
  await first.stop();
  const second = await start(root);
  expect([second.databaseUrl, second.redisUrl]).toEqual([first.databaseUrl, first.redisUrl]);
  const { rows } = await (await sqlClient(second.databaseUrl)).query('SELECT text FROM notes');
  expect(rows).toEqual([{ text: 'kept' }]);
  expect(await (await redisClient(second.redisUrl ?? '')).get('note')).toBe('kept');
});

test('its state is in stack.json while it runs, which only this user can read', async () => {
  const root = await temporaryFolder();
  const stack = await start(root);
  const path = join(root, 'stack.json');
  const { databaseUrl, redisUrl } = stack;
  expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ pid: process.pid, databaseUrl, redisUrl });
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readStackState(root)).toMatchObject({ pid: process.pid });
  await stack.stop();
  await stack.stop();
  await expect(stat(path)).rejects.toThrow('ENOENT');
});

test('if two start at once in one root, one runs and the other one names it', async () => {
  const root = await temporaryFolder();
  const starts = await Promise.allSettled([startStack({ root }), startStack({ root })]);
  const refusals = starts.filter((result) => result.status === 'rejected');
  for (const result of starts) if (result.status === 'fulfilled') await result.value.stop();
  expect(refusals.map(({ reason }) => String(reason))).toEqual([
    expect.stringContaining(`kill ${process.pid}`),
  ]);
});

test('a root whose last stack was killed starts at once, with what was acknowledged', async () => {
  const root = await temporaryFolder();
  const program = startProgram(new URL('./fixtures/stack.ts', import.meta.url), [root]);
  const { databaseUrl, redisUrl } = JSON.parse(await firstLine(program)) as Record<string, string>;
  await (await sqlClient(databaseUrl ?? '')).query(`CREATE TABLE notes AS SELECT 'kept' AS text`);
  await (await redisClient(redisUrl ?? '')).set('note', 'kept');
  program.kill('SIGKILL');
  await exitCode(program);
  const stack = await start(root);
  expect([stack.databaseUrl, stack.redisUrl]).toEqual([databaseUrl, redisUrl]);
  const { rows } = await (await sqlClient(stack.databaseUrl)).query('SELECT text FROM notes');
  expect(rows).toEqual([{ text: 'kept' }]);
  expect(await (await redisClient(stack.redisUrl ?? '')).get('note')).toBe('kept');
});

test('existing services are used as they are', async () => {
  const root = await temporaryFolder();
  const urls = { databaseUrl: 'postgres://db.example/app', redisUrl: 'redis://redis.example' };
  const stack = await start(root, urls);
  expect(stack).toMatchObject(urls);
  expect([stack.postgres, stack.redis]).toEqual([undefined, undefined]);
});

async function start(root: string, urls: { databaseUrl?: string; redisUrl?: string } = {}): Promise<Stack> {
  const stack = await startStack({ root, ...urls });
  onTestFinished(() => stack.stop());
  return stack;
}
