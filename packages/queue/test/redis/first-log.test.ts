import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startRedis, waitFor } from '@spillway/devstack';
import type { RedisServer } from '@spillway/devstack';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest';
import { checkRedis, readRedisDurability } from '../../src/redis/settings/settings.ts';

// Redis says "appendonly yes" as soon as it is told so. A restart finds a log only after the first rewrite has ended.

/** A rewrite waits this long for each key: it lasts until a test ends it. */
const SLOW_US = 100_000_000;
const KEYS = 10;

let redis: RedisServer;

beforeAll(async () => {
  redis = await startRedis({ settings: { appendonly: 'no' } });
  for (let n = 0; n < KEYS; n += 1) await redis.command('SET', `filler:${n}`, 'x');
});
afterAll(() => redis?.stop());

beforeEach(async () => {
  await redis.config({ 'rdb-key-save-delay': '0', appendonly: 'no' });
});

async function connect(server = redis): Promise<Redis> {
  const client = new Redis(server.url);
  client.on('error', () => {});
  onTestFinished(() => client.disconnect());
  await client.ping();
  return client;
}

async function persistence(name: string): Promise<string | undefined> {
  return new RegExp(`^${name}:(\\S+)`, 'm').exec(String(await redis.command('INFO', 'persistence')))?.[1];
}

const isRewriting = async () => (await persistence('aof_rewrite_in_progress')) === '1';
const rewriteEnded = () => waitFor(async () => !(await isRewriting()));
const keeps = async (client: Redis) => (await readRedisDurability(client)).keeps;

it('a log that is only beginning does not count as one: what is written meanwhile is lost in a crash', async () => {
  const beginning = await startRedis({
    settings: { appendonly: 'no', 'rdb-key-save-delay': String(SLOW_US) },
  });
  onTestFinished(() => beginning.stop());
  await beginning.command('SET', 'filler', 'x');
  await beginning.config({ appendonly: 'yes' });
  const client = await connect(beginning);
  expect(await client.config('GET', 'appendonly')).toEqual(['appendonly', 'yes']);
  expect(await keeps(client)).toBe('memory');
  expect(await checkRedis(client, 'first')).toContainEqual(
    expect.objectContaining({ setting: 'appendonly', value: 'yes', severity: 'danger' }),
  );
  expect(await client.set('acknowledged', 'x')).toBe('OK');
  await beginning.kill();
  // With `appendonly yes` in its file.
  const after = await startRedis({ dataDir: beginning.dataDir });
  onTestFinished(() => after.stop());
  expect(await after.command('GET', 'acknowledged')).toBe(null);
});

it('a log counts once a rewrite has ended, and during later ones', async () => {
  await redis.config({ appendonly: 'yes' });
  await rewriteEnded();
  const client = await connect();
  expect(await keeps(client)).toBe('disk');
  await redis.config({ 'rdb-key-save-delay': String(SLOW_US) });
  expect(await keeps(client)).toBe('disk');
  await redis.command('BGREWRITEAOF');
  await waitFor(isRewriting);
  expect(await keeps(client)).toBe('disk');
  // Another process has not seen it whole.
  expect(await keeps(await connect())).toBe('memory');
});

it('a log that was turned off and on between two looks does not count', async () => {
  await redis.config({ appendonly: 'yes' });
  await rewriteEnded();
  const client = await connect();
  expect(await keeps(client)).toBe('disk');
  await redis.config({ 'rdb-key-save-delay': String(SLOW_US), appendonly: 'no' });
  await redis.config({ appendonly: 'yes' });
  expect(await keeps(client)).toBe('memory');
});

it('the log of a replica that copied its primary counts only once it is whole, also after its promotion', async () => {
  const primary = await startRedis();
  onTestFinished(() => primary.stop());
  for (let n = 0; n < KEYS; n += 1) await primary.command('SET', `filler:${n}`, 'x');
  await redis.config({ appendonly: 'yes' });
  await rewriteEnded();
  const client = await connect();
  expect(await keeps(client)).toBe('disk');
  await redis.config({ 'rdb-key-save-delay': String(SLOW_US) });
  expect(await keeps(client)).toBe('disk');
  await redis.command('REPLICAOF', '127.0.0.1', String(primary.port));
  await waitFor(async () => /master_link_status:up/.test(String(await redis.command('INFO', 'replication'))));
  await redis.command('REPLICAOF', 'NO', 'ONE');
  // Valkey 9 takes the copy itself as its log, and rewrites nothing.
  expect(await keeps(client)).toBe((await isRewriting()) ? 'memory' : 'disk');
});

it('a rewrite that fails is a finding', async () => {
  await redis.config({ appendonly: 'yes' });
  await rewriteEnded();
  const client = await connect();
  const folder = join(redis.dataDir, 'data', 'appendonlydir');
  await rename(folder, `${folder}.away`);
  await writeFile(folder, '');
  onTestFinished(async () => {
    await rm(folder);
    await rename(`${folder}.away`, folder);
  });
  await redis.command('BGREWRITEAOF').catch(() => {});
  await waitFor(async () => (await persistence('aof_last_bgrewrite_status')) === 'err');
  expect(await checkRedis(client, 'second')).toContainEqual(
    expect.objectContaining({
      setting: 'aof_last_bgrewrite_status',
      severity: 'warning',
      message: expect.stringContaining('grows'),
    }),
  );
});
