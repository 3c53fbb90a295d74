import { createRequire } from 'node:module';
import type ioredis from 'ioredis';
import type pg from 'pg';
import { expect, it } from 'vitest';
import { waitFor } from '@spillway/devstack';
import { createQueue } from '@spillway/queue';
import { sqlState } from '../../src/postgres/connection/failures.ts';
import { useStories } from '../story.ts';
import { PATIENT } from '../support.ts';

/*
 * What a caller brings may come from another copy of ioredis or pg than ours, as npm installs one for each range of
 * versions that do not meet. Its classes are then not ours.
 */

const { begin, stack } = useStories();

/** Loads a package anew, beside what is loaded of it. */
function secondCopy(name: 'pg'): typeof pg;
function secondCopy(name: 'ioredis'): typeof ioredis;
function secondCopy(name: string): unknown {
  const require = createRequire(import.meta.url);
  for (const path of Object.keys(require.cache)) delete require.cache[path];
  return require(name);
}

it('a pool and a Redis of other copies than ours serve a queue, and their errors are understood', async () => {
  const { queue, pool: ours } = await begin();
  const theirs = new (secondCopy('pg').Pool)({ connectionString: ours.options.connectionString });
  const redis = new (secondCopy('ioredis').Redis)(stack().redis.url);
  expect(theirs).not.toBeInstanceOf(ours.constructor);
  const second = createQueue({ ...PATIENT, name: queue.name, redis, postgres: theirs });
  await waitFor(() => second.health().redis.keeps === 'disk' && second.health().postgres.keeps === 'disk');
  expect((await second.enqueue({ form: 'inbox', data: {} })).via).toBe('redis');
  const failure = await theirs.query('SELECT 1/0').catch((error: unknown) => error);
  expect(sqlState(failure)).toBe('22012');
  await second.close();
  await theirs.end();
  redis.disconnect();
});
