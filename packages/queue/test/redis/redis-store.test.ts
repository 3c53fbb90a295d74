import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startRedis, waitFor } from '@spillway/devstack';
import type { RedisServer } from '@spillway/devstack';
import { newId } from '@spillway/queue';
import type { Claim } from '../../src/contract/store.ts';
import { AnswerSize } from '../../src/redis/answers.ts';
import { connect, KEY_PREFIX } from '../../src/redis/connection.ts';
import type { RedisClient } from '../../src/redis/connection.ts';
import { RedisStore } from '../../src/redis/store.ts';
import type { RedisStoreOptions } from '../../src/redis/store.ts';
import { describeStore } from '../store-contract.ts';
import { envelope } from '../support.ts';

let redis: RedisServer;
const clients: RedisClient[] = [];

beforeAll(async () => {
  redis = await startRedis();
});

afterAll(async () => {
  for (const client of clients) client.disconnect();
  await redis.stop();
});

async function open(
  options: Partial<RedisStoreOptions> & { queue?: string } = {},
): Promise<RedisStore & { client: RedisClient }> {
  const queue = options.queue ?? newId();
  const { client, call } = connect(redis.url, queue, 'work');
  clients.push(client);
  await new Promise((resolve) => client.once('ready', resolve));
  return Object.assign(new RedisStore(call, { maxDepth: 1_000, ...options }), { client });
}

const DEADLINE = { deadlineMs: 60_000 };

describeStore('Redis', open);

describe('the Redis store', () => {
  it('answers full beyond its depth, and stores nevertheless when forced', async () => {
    const store = await open({ maxDepth: 1 });
    const items = [{ envelope: envelope({ n: 1 }) }, { envelope: envelope({ n: 2 }) }];
    expect((await store.push(items, DEADLINE)).answers).toEqual(['stored', 'full']);
    expect((await store.push(items, { ...DEADLINE, force: true })).answers).toEqual(['duplicate', 'stored']);
  });

  it('draws a new epoch when Redis has forgotten', async () => {
    const store = await open();
    await store.push([{ envelope: envelope() }], DEADLINE);
    const before = store.epoch;
    await store.client.flushall();
    await store.push([{ envelope: envelope() }], DEADLINE);
    expect(before).toBeTypeOf('string');
    expect(store.epoch).not.toBe(before);
  });

  it('still hands out and forgets while Redis is full, and refuses pushes', async () => {
    const store = await open();
    await store.push([{ envelope: envelope() }], DEADLINE);
    await redis.fill();
    try {
      expect((await store.push([{ envelope: envelope() }], DEADLINE)).answers).toEqual(['refused']);
      const [claim] = await store.claim({ limit: 1, leaseMs: 1_000, worker: 'tester' });
      await store.ack([claim!.envelope]);
      expect(await store.has([claim!.envelope.id])).toEqual(new Set());
    } finally {
      await redis.unfill();
    }
  });

  it('releases claims whose reply was lost, and none that are in hand', async () => {
    const store = await open();
    await store.push([{ envelope: envelope({ n: 1 }) }, { envelope: envelope({ n: 2 }) }], DEADLINE);
    const [held] = await store.claim({ limit: 2, leaseMs: 30_000, worker: 'tester' });
    expect(await store.releaseLost('other', [])).toBe(0);
    expect(await store.releaseLost('tester', [held!.envelope.id])).toBe(1);
    expect(await store.claim({ limit: 2, leaseMs: 30_000, worker: 'tester' })).toHaveLength(1);
  });

  it('repairs what stands in no list, and nothing else', async () => {
    const queue = newId();
    const store = await open({ queue });
    const items = Array.from({ length: 5 }, (_, n) => ({ envelope: envelope({ n }) }));
    await store.push(items, DEADLINE);
    await store.claim({ limit: 1, leaseMs: 30_000, worker: 'tester' });
    expect(await store.repair()).toBe(0);
    await store.client.ltrim(`${KEY_PREFIX}{${queue}}:ready`, 0, 0);
    expect(await store.repair()).toBe(3);
    expect(await store.claim({ limit: 10, leaseMs: 30_000, worker: 'tester' })).toHaveLength(4);
  });

  it('hands out the others where somebody wrote what is no submission', async () => {
    const queue = newId();
    const unreadable: string[] = [];
    const store = await open({ queue, onUnreadable: (id) => unreadable.push(id) });
    await store.client.hset(`${KEY_PREFIX}{${queue}}:jobs`, 'stranger', '1 x\nnot ours');
    await store.client.rpush(`${KEY_PREFIX}{${queue}}:ready`, 'stranger');
    await store.push([{ envelope: envelope() }], DEADLINE);
    expect(await store.claim({ limit: 10, leaseMs: 30_000, worker: 'tester' })).toHaveLength(1);
    expect(unreadable).toEqual(['stranger']);
  });

  it('arms one wake token however much arrives, and again while work is left', async () => {
    const queue = newId();
    const store = await open({ queue });
    const wake = `${KEY_PREFIX}{${queue}}:wake`;
    await store.push([{ envelope: envelope({ n: 1 }) }], DEADLINE);
    await store.push([{ envelope: envelope({ n: 2 }) }], DEADLINE);
    expect(await store.client.llen(wake)).toBe(1);
    await store.client.del(wake);
    await store.claim({ limit: 1, leaseMs: 30_000, worker: 'tester' });
    expect(await store.client.llen(wake)).toBe(1);
  });

  it('answers refused when the connection is gone', async () => {
    const store = await open();
    store.client.disconnect();
    expect(await store.push([{ envelope: envelope() }], DEADLINE)).toMatchObject({ answers: ['refused'] });
  });
});

describe('an answer of Redis that is larger than its limits', () => {
  it.each([
    ['client-output-buffer-limit', 'normal 100kb 100kb 1', 'normal 0 0 0'],
    ['maxmemory-clients', '600kb', '0'],
  ])('is asked for in smaller parts until it arrives: %s %s', async (setting, value, standard) => {
    const store = await open();
    const long = 'ä€😀'.repeat(30_000);
    const items = Array.from({ length: 6 }, (_, n) => ({ envelope: envelope({ n, long }) }));
    for (const item of items) await store.push([item], DEADLINE);
    await redis.config({ [setting]: value });
    onTestFinished(() => redis.config({ [setting]: standard }));
    const arriving: Claim[] = [];
    await waitFor(async () => {
      if (store.client.status !== 'ready') return false;
      // What a lost answer leased is released as a worker releases it.
      await store.releaseLost(
        'tester',
        arriving.map((one) => one.envelope.id),
      );
      const claims = await store.claim({ limit: 100, leaseMs: 30_000, worker: 'tester' }).catch(() => []);
      arriving.push(...claims);
      return arriving.length === items.length;
    });
    for (const { envelope: arrived, attempt } of arriving) {
      expect(attempt).toBe(1);
      expect(arrived).toEqual(items.find((item) => item.envelope.id === arrived.id)?.envelope);
    }
    expect(new Set(arriving.map((one) => one.envelope.id)).size).toBe(items.length);
  });

  it('is read in pieces where a single submission exceeds it, with its history', async () => {
    const answerSize = new AnswerSize();
    const store = await open({ answerSize });
    const past = { attempt: 1, at: new Date().toISOString(), error: 'ä€😀'.repeat(3_000) };
    const large = envelope({ long: 'ä€😀'.repeat(10_000) });
    const small = envelope({ n: 2 });
    await store.push([{ envelope: large, attempts: 1, history: [past] }, { envelope: small }], DEADLINE);
    for (let n = 0; n < 10; n += 1) answerSize.lost(answerSize.bytes);
    const listed = await store.list('ready', 0, 10, true);
    expect(listed.entries.map((entry) => entry.envelope)).toEqual([large, small]);
    const heads = await store.list('ready', 0, 10, false);
    expect(heads.entries.map((entry) => entry.envelope.payload)).toEqual(['', '']);
    expect(heads.entries[0]?.history).toEqual([past]);
    const described = await store.describe([small.id, large.id]);
    expect(described.map((entry) => entry.envelope)).toEqual([small, large]);
    const [first, ...others] = await store.claim({ limit: 10, leaseMs: 30_000, worker: 'tester' });
    expect(first).toMatchObject({ envelope: large, attempt: 2, history: [past] });
    expect(others).toEqual([]);
    const [second] = await store.claim({ limit: 10, leaseMs: 30_000, worker: 'tester' });
    expect(second?.envelope).toEqual(small);
  });

  it('grows again once answers arrive, and several that were lost together count once', () => {
    const size = new AnswerSize();
    const before = size.bytes;
    for (let n = 0; n < 4; n += 1) size.lost(before);
    expect(size.bytes).toBe(before / 4);
    for (let n = 0; n < 1_000; n += 1) size.arrived();
    expect(size.bytes).toBe(before);
  });

  it('is no smaller after a refusal, which is no lost answer', async () => {
    const answerSize = new AnswerSize();
    const before = answerSize.bytes;
    const store = new RedisStore(
      () => Promise.reject(Object.assign(new Error('OOM'), { name: 'ReplyError' })),
      {
        maxDepth: 10,
        answerSize,
      },
    );
    await expect(store.claim({ limit: 1, leaseMs: 1_000, worker: 'tester' })).rejects.toThrow('OOM');
    expect(answerSize.bytes).toBe(before);
  });
});
