import { startPostgres, startSentinelGroup, waitFor } from '@spillway/devstack';
import type { PostgresServer, SentinelGroup } from '@spillway/devstack';
import { createQueue, createWorker, isRedisAddress, migrate, readRedisAddress } from '@spillway/queue';
import { Cluster } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { PATIENT } from '../support.ts';

describe('a queue behind Sentinel', () => {
  let group: SentinelGroup;
  let postgres: PostgresServer;

  beforeAll(async () => {
    [group, postgres] = await Promise.all([startSentinelGroup(), startPostgres()]);
  });
  afterAll(async () => {
    await Promise.all([group?.stop(), postgres?.stop()]);
  });

  it('spills into Postgres while the master is gone, and goes on with the promoted replica', async () => {
    const database = await postgres.createDatabase();
    await migrate(database);
    const { host, port } = group.sentinel;
    const queue = createQueue({
      ...PATIENT,
      name: 'sentinel',
      redis: `redis+sentinel://${host}:${port}/${group.name}`,
      postgres: database,
    });
    onTestFinished(() => queue.close());
    await waitFor(() => queue.health().redis.keeps === 'disk');
    const enqueue = async () => (await queue.enqueue({ form: 'inbox', data: {} })).via;
    expect(await enqueue()).toBe('redis');
    const [first, second] = group.servers;
    await first.kill();
    expect(await enqueue()).toBe('postgres');
    await waitFor(async () => (await group.master()) === second);
    await waitFor(async () => (await enqueue()) === 'redis');
    const worker = createWorker(queue, { batch: async () => {} }, { pollMs: 100, recoverMs: 100 });
    onTestFinished(() => worker.stop());
    worker.start();
    await waitFor(async () => {
      const { redis, postgres: rows } = await queue.inspect.overview();
      return redis.depth?.ready === 0 && rows.depth?.ready === 0;
    });
  });
});

describe('an address of Redis', () => {
  it('names Sentinels, the group and the user', () => {
    expect(readRedisAddress('rediss+sentinel://me:p%40ss@a:1,b/group')).toMatchObject({
      sentinels: [
        { host: 'a', port: 1 },
        { host: 'b', port: 26_379 },
      ],
      name: 'group',
      username: 'me',
      password: 'p@ss',
      tls: {},
      enableTLSForSentinelMode: true,
    });
  });

  it('names the nodes of a Cluster, which is not connected by being read', () => {
    const cluster = readRedisAddress('redis+cluster://:secret@a:1,[::1]:2');
    if (!(cluster instanceof Cluster)) throw new TypeError('no Cluster');
    expect(cluster.status).toBe('wait');
    expect(cluster.options.redisOptions).toMatchObject({ password: 'secret' });
  });

  it.each(['redis://host', 'rediss://me:secret@host:6380/1'])('%s is left to ioredis', (address) => {
    expect(readRedisAddress(address)).toBe(address);
    expect(isRedisAddress(address)).toBe(true);
  });

  it.each([
    'http://host',
    'redis+sentinel://host:26379',
    'redis+cluster://host/0',
    'redis+cluster://a b:1:2',
    'redis+magic://host',
    'host:6379',
  ])('%s is none', (address) => {
    expect(isRedisAddress(address)).toBe(false);
  });

  it('says what is wrong with it, and never the password', () => {
    const read = () => readRedisAddress('redis+sentinel://me:secret@host:26379');
    expect(read).toThrow(/name comes after the hosts/);
    expect(read).not.toThrow(/secret/);
  });
});
