import { once } from 'node:events';
import { startRedis, waitFor } from '@spillway/devstack';
import type { RedisServer } from '@spillway/devstack';
import { Redis } from 'ioredis';
import type { RedisOptions } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { connect } from '../../src/redis/connection.ts';
import type { RedisTarget } from '../../src/contract/options.ts';
import { openWorkerConnection } from '../../src/redis/worker-connection.ts';

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis?.stop());

function open(target: RedisTarget) {
  const { client } = connect(target, 'options', 'work');
  const errors: Error[] = [];
  client.on('error', (error) => errors.push(error));
  onTestFinished(() => client.disconnect());
  return { client, errors };
}

function instance(options: RedisOptions): Redis {
  const mine = new Redis({
    host: '127.0.0.1',
    port: redis.port,
    ...options,
    lazyConnect: true,
    replyMapping: 'legacy',
  });
  onTestFinished(() => mine.disconnect());
  return mine;
}

/** Gives the user another password, and ends its connections, as a rotation does. */
async function rotate(user: string, password: string): Promise<void> {
  await redis.command('ACL', 'SETUSER', user, 'on', 'resetpass', `>${password}`, '~*', '+@all');
  await redis.command('CLIENT', 'KILL', 'USER', user);
}

describe('limits of the application’s own connection', () => {
  it.each([
    ['an instance', { commandTimeout: 100, socketTimeout: 100, blockingTimeout: 100 }],
    ['an instance', { stringNumbers: true, enableAutoPipelining: true }],
  ] as [string, RedisOptions][])(
    'are not inherited from %s with %o: a wait lasts as long as it should',
    async (_, options) => {
      const errors: Error[] = [];
      const worker = openWorkerConnection(instance(options), 'limits', { maxDepth: 10 }, (error) =>
        errors.push(error),
      );
      onTestFinished(() => worker.close());
      await new Promise<void>((resolve) => worker.onReady(resolve));
      await waitFor(() =>
        worker.probe().then(
          () => true,
          () => false,
        ),
      );
      const startedMs = performance.now();
      await waitFor(() =>
        worker.wake.claim({ limit: 1, leaseMs: 1_000, worker: 'w' }, 1_000).then(
          () => true,
          () => false,
        ),
      );
      expect(performance.now() - startedMs).toBeGreaterThan(900);
      expect(errors).toEqual([]);
    },
  );

  it('in an address are not inherited either', async () => {
    const { client } = connect(`${redis.url}?commandTimeout=1&enableOfflineQueue=true`, 'options', 'block');
    onTestFinished(() => client.disconnect());
    await once(client, 'ready');
    expect(client.options).toMatchObject({ commandTimeout: undefined, enableOfflineQueue: false });
  });
});

describe('credentials that change', () => {
  it('are taken from a function at each connection, which may be asynchronous', async () => {
    let password = 'one';
    let calls = 0;
    await rotate('token', password);
    const { client } = open(async () => {
      calls += 1;
      return { host: '127.0.0.1', port: redis.port, username: 'token', password };
    });
    await waitFor(() => client.status === 'ready');
    expect(calls).toBe(1);
    password = 'two';
    await rotate('token', password);
    await waitFor(() => calls > 1 && client.status === 'ready');
    expect(await client.ping()).toBe('PONG');
  });

  it('are taken from an instance at each connection', async () => {
    await rotate('rotated', 'one');
    const mine = instance({ username: 'rotated', password: 'one' });
    const { client } = open(mine);
    await waitFor(() => client.status === 'ready');
    await rotate('rotated', 'two');
    await waitFor(() => client.status !== 'ready');
    mine.options.password = 'two';
    await waitFor(() => client.status === 'ready');
    expect(await client.ping()).toBe('PONG');
  });

  it('may be an address, and a function that fails is called again', async () => {
    let calls = 0;
    const { client, errors } = open(() => {
      calls += 1;
      if (calls < 3) throw new Error('the vault is away');
      return redis.url;
    });
    await waitFor(() => client.status === 'ready');
    expect(errors.map(({ message }) => message)).toEqual(['the vault is away', 'the vault is away']);
  });

  it.each([
    ['a REST address', 'https://eu1-cat.upstash.io', 'rediss://'],
    ['Sentinels', { sentinels: [{ host: '127.0.0.1', port: 1 }], name: 'm' }, 'an instance of ioredis'],
    ['nothing', undefined, 'redis is undefined'],
  ])('that a function gives as %s are refused by an event that says what to give', async (_, given, says) => {
    const { errors } = open(() => given as string);
    await waitFor(() => errors.length > 0);
    expect(errors[0]?.message).toContain(says);
  });

  it('are no longer asked for once the connection was closed', async () => {
    let calls = 0;
    const { client } = open(() => {
      calls += 1;
      throw new Error('the vault is away');
    });
    await waitFor(() => calls > 1);
    client.disconnect();
    const before = calls;
    await client.connect();
    expect(calls).toBe(before);
    expect(client.status).not.toBe('ready');
  });
});
