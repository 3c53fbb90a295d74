import { Cluster } from 'ioredis';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type RedisCluster, startRedisCluster, waitFor } from '../src/index.ts';

describe('a Redis Cluster', () => {
  let cluster: RedisCluster;

  beforeAll(async () => {
    cluster = await startRedisCluster();
  });
  afterAll(() => cluster.stop());

  function connect(): Cluster {
    const client = new Cluster(cluster.nodes.map(({ port }) => ({ host: '127.0.0.1', port })));
    onTestFinished(() => client.disconnect());
    return client;
  }

  test('accepts keys of all its nodes, through any node', async () => {
    const client = connect();
    const keys = Array.from({ length: 60 }, (_, n) => `key:${n}`);
    await Promise.all(keys.map((key) => client.set(key, 'kept')));
    const sizes = await Promise.all(cluster.nodes.map((node) => node.command('DBSIZE')));
    expect(sizes.every((size) => Number(size) > 0)).toBe(true);
    expect(sizes.reduce((sum: number, size) => sum + Number(size), 0)).toBe(keys.length);
  });

  test('says which node holds a key', async () => {
    const client = connect();
    for (const key of ['a', 'b', 'c', '{a}:d']) {
      await client.set(key, 'kept');
      const node = await cluster.nodeOf(key);
      expect(await node.command('GET', key)).toBe('kept');
    }
    expect(await cluster.nodeOf('{a}:e')).toBe(await cluster.nodeOf('a'));
  });

  test('a killed node comes back with its keys', async () => {
    const client = connect();
    await client.set('note', 'kept');
    const node = await cluster.nodeOf('note');
    await node.kill();
    await node.start();
    expect(await waitFor(() => client.get('note'))).toBe('kept');
  });
});
