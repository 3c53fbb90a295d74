import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { type RedisServer, startRedis, waitFor } from '../src/index.ts';
import { identify } from '../src/process.ts';
import { isSilent, redisClient, temporaryFolder } from './helpers.ts';

describe('a running Redis', () => {
  let redis: RedisServer;

  beforeAll(async () => {
    redis = await startRedis();
  });
  beforeEach(() => redis.flush());
  afterAll(() => redis.stop());

  test('keeps what it acknowledges', async () => {
    const client = await redisClient(redis.url);
    const settings = await client.config('GET', 'append*', 'maxmemory-policy', 'save', 'bind');
    expect(settings).toEqual(
      expect.arrayContaining(['appendonly', 'yes', 'appendfsync', 'always', 'noeviction', '127.0.0.1']),
    );
    await expect(redis.command('DEBUG', 'SLEEP', '0')).resolves.toBe('OK');
  });

  test('a killed one has every acknowledged key after the next start', async () => {
    await (await redisClient(redis.url)).set('note', 'kept');
    await redis.kill();
    expect(identify(redis.pid)).toBeUndefined();
    await expect(redisClient(redis.url)).rejects.toThrow();
    await redis.start();
    await redis.start();
    expect(await (await redisClient(redis.url)).get('note')).toBe('kept');
  });

  test('a stopped one keeps its keys too, also after a freeze', async () => {
    await (await redisClient(redis.url)).set('note', 'kept');
    await redis.freeze();
    await redis.stop();
    await redis.stop();
    await redis.start();
    expect(await (await redisClient(redis.url)).get('note')).toBe('kept');
  });

  test('a frozen one answers nothing, and continues where it was', async () => {
    const client = await redisClient(redis.url);
    await redis.freeze();
    expect(await isSilent(client.set('note', 'late'))).toBe(true);
    await redis.resume();
    expect(await waitFor(() => client.get('note'))).toBe('late');
  });

  test('one that is restarted empty has lost everything', async () => {
    await (await redisClient(redis.url)).set('note', 'lost');
    await redis.restartEmpty();
    expect(await (await redisClient(redis.url)).dbsize()).toBe(0);
  });

  test('a read-only one refuses writes with READONLY and keeps its data', async () => {
    const client = await redisClient(redis.url);
    await client.set('note', 'kept');
    await redis.setReadOnly(true);
    await expect(client.set('note', 'refused')).rejects.toThrow(/^READONLY/);
    expect(await client.get('note')).toBe('kept');
    await redis.setReadOnly(false);
    await expect(client.set('note', 'new')).resolves.toBe('OK');
  });

  test('a full one refuses writes with OOM, and still reads', async () => {
    const client = await redisClient(redis.url);
    await client.set('note', 'kept');
    await redis.fill();
    await expect(client.set('note', 'refused')).rejects.toThrow(/^OOM/);
    expect(await client.get('note')).toBe('kept');
    await redis.unfill();
    await expect(client.set('note', 'new')).resolves.toBe('OK');
  });

  test('settings can be changed while it runs', async () => {
    await redis.config({ maxclients: '50', 'slowlog-max-len': '7' });
    expect(await redis.command('CONFIG', 'GET', 'maxclients')).toEqual(['maxclients', '50']);
  });
});

test('a replica follows its master', async () => {
  const master = await startRedis();
  const replica = await startRedis({ replicaOf: master });
  onTestFinished(async () => {
    await Promise.all([master.stop(), replica.stop()]);
  });
  await master.command('SET', 'note', 'copied');
  expect(await waitFor(() => replica.command('GET', 'note'))).toBe('copied');
  await expect(replica.command('SET', 'note', 'refused')).rejects.toThrow(/^READONLY/);
});

test('a data folder outlives its server and serves one at a time', async () => {
  const dataDir = join(await temporaryFolder(), 'redis data');
  const first = await startRedis({ dataDir, settings: { requirepass: 'p@ss' } });
  await first.command('SET', 'note', 'kept');
  await expect(startRedis({ dataDir })).rejects.toThrow(`process ${process.pid}`);
  await first.kill();
  const second = await startRedis({ dataDir });
  onTestFinished(() => second.stop());
  expect(await second.command('GET', 'note')).toBe('kept');
});

test('two that start at once use different ports', async () => {
  const both = await Promise.all([startRedis(), startRedis()]);
  expect(both[0].port).not.toBe(both[1].port);
  await Promise.all(both.map((redis) => redis.stop()));
});
