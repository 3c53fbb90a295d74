import { expect, test } from 'vitest';
import { EnvError, readEnv } from '../src/env.ts';
import { startWorkerProcess } from './process.ts';

const DATABASE_URL = 'postgres://user:password@localhost/spillway';

test('only the database is required', () => {
  expect(readEnv({ DATABASE_URL })).toMatchObject({
    REDIS_URL: undefined,
    HOST: '127.0.0.1',
    HEALTH_PORT: 3001,
    SPILLWAY_QUEUE: 'default',
    SPILLWAY_SCHEMA: 'spillway',
    SPILLWAY_PRIMARY: 'auto',
  });
});

test('an empty variable counts as absent', () => {
  expect(readEnv({ DATABASE_URL, REDIS_URL: '', HEALTH_PORT: '' }).HEALTH_PORT).toBe(3001);
});

test('all errors are listed at once, without the values', () => {
  const read = () =>
    readEnv({ DATABASE_URL: 'mysql://secret', HEALTH_PORT: '70000', SPILLWAY_PRIMARY: 'both' });
  expect(read).toThrow(EnvError);
  expect(read).toThrow(/DATABASE_URL[^]*HEALTH_PORT[^]*SPILLWAY_PRIMARY/);
  expect(read).not.toThrow(/secret/);
});

test('a worker without a database says so and ends with 1', async () => {
  const worker = await startWorkerProcess({});
  expect(await worker.exited).toBe(1);
  expect(worker.output()).toBe(
    'Invalid environment:\n  DATABASE_URL: a URL like postgres://user:password@host:5432/name\n',
  );
});
