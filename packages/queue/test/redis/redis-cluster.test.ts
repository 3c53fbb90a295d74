import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startPostgres, startRedisCluster, waitFor } from '@spillway/devstack';
import type { PostgresServer, RedisCluster, RedisServer } from '@spillway/devstack';
import { Cluster } from 'ioredis';
import { createQueue, createWorker, migrate, newId } from '@spillway/queue';
import type { Queue } from '@spillway/queue';
import { AnswerSize } from '../../src/redis/answers.ts';
import { connect, KEY_PREFIX } from '../../src/redis/connection.ts';
import type { CallScript } from '../../src/redis/connection.ts';
import { SCRIPTS } from '../../src/redis/scripts/scripts.ts';
import { RedisStore } from '../../src/redis/store.ts';
import { describeStore } from '../store-contract.ts';
import { envelope, PATIENT } from '../support.ts';

const NODES = [0, 1, 2];
const DEADLINE = { deadlineMs: 60_000 };
const LEASE_MS = 30_000;

let redis: RedisCluster;
let postgres: PostgresServer;
let caller: Cluster;

beforeAll(async () => {
  [redis, postgres] = await Promise.all([startRedisCluster(), startPostgres()]);
  caller = new Cluster(redis.nodes.map(({ port }) => ({ host: '127.0.0.1', port })));
});

afterAll(async () => {
  caller.disconnect();
  await Promise.all([redis.stop(), postgres.stop()]);
});

/** A queue name whose keys that node holds. */
async function queueOn(node: number): Promise<string> {
  for (let tries = 0; tries < 1_000; tries += 1) {
    const name = `cluster-${newId().slice(-12)}`;
    if ((await serverOf(name)) === redis.nodes[node]) return name;
  }
  throw new Error(`No name of 1,000 belongs to node ${node}.`);
}

function serverOf(queue: string): Promise<RedisServer> {
  return redis.nodeOf(`${KEY_PREFIX}{${queue}}:jobs`);
}

async function openStore(queue: string, heard: (name: string) => void = () => {}): Promise<RedisStore> {
  const { client, call } = connect(caller, queue, 'work');
  onTestFinished(() => client.disconnect());
  await new Promise((resolve) => client.once('ready', resolve));
  const listening: CallScript = (name, args) => {
    heard(name);
    return call(name, args);
  };
  return new RedisStore(listening, { maxDepth: 1_000, answerSize: smallAnswers() });
}

/** So small that a larger submission is read in pieces. */
function smallAnswers(): AnswerSize {
  const size = new AnswerSize();
  size.lost(0);
  return size;
}

describeStore('A Redis Cluster', async () => openStore(await queueOn(1)));

describe('a queue in a Redis Cluster', () => {
  it.each(NODES)('has all its keys on one node, and each script works there: node %i', async (node) => {
    const queue = await queueOn(node);
    const heard = new Set<string>();
    const store = await openStore(queue, (name) => heard.add(name));
    const items = Array.from({ length: 4 }, (_, n) => ({
      envelope: envelope({ n, text: n === 3 ? 'x'.repeat(20_000) : '' }),
    }));
    expect((await store.push(items, DEADLINE)).answers).toEqual(items.map(() => 'stored'));
    expect((await store.peek(items[3]?.envelope.id ?? ''))?.envelope).toEqual(items[3]?.envelope);
    const claims = await store.claim({ limit: 3, leaseMs: LEASE_MS, worker: 'tester' });
    const held = claims.map((claim) => ({ id: claim.envelope.id, token: claim.token }));
    expect(await store.extend(held, LEASE_MS)).toEqual([]);
    await store.retry(held.slice(0, 1).map((one) => ({ ...one, delayMs: 60_000, history: [] })));
    await store.release(held.slice(1, 2));
    expect(await store.releaseLost('tester', [])).toBe(1);
    expect(await store.depth()).toMatchObject({ ready: 3, delayed: 1, active: 0 });
    expect(await store.peek(held[0]?.id ?? '')).toMatchObject({ state: 'scheduled' });
    expect((await store.list('delayed', 0, 10, false)).seen).toBe(1);
    expect((await store.walk('0', false)).entries).toHaveLength(items.length);
    expect(await store.requeue([held[0]?.id ?? ''])).toEqual([held[0]?.id]);
    await caller.del(`${KEY_PREFIX}{${queue}}:ready`);
    expect(await store.repair()).toBe(4);
    await store.ack(items.map((item) => item.envelope));
    expect(await store.has(items.map((item) => item.envelope.id))).toEqual(new Set());
    expect([...heard].toSorted()).toEqual(Object.keys(SCRIPTS).toSorted());
    await expectKeysOnlyOn(node, queue);
  });

  it.each(NODES)('accepts, says what it keeps, and is worked off: node %i', async (node) => {
    const queue = await open(await queueOn(node));
    await waitFor(() => queue.health().redis.keeps === 'disk');
    const accepted = await Promise.all(
      Array.from({ length: 50 }, (_, n) => queue.enqueue({ form: 'inbox', data: { n } })),
    );
    expect(accepted.map(({ via, keeps }) => `${via} ${keeps}`)).toEqual(accepted.map(() => 'redis disk'));
    const worker = createWorker(queue, { batch: async () => {} });
    worker.start();
    await waitFor(() => worker.view().settled === accepted.length);
    await worker.stop();
    await expectKeysOnlyOn(node, queue.name);
  });

  it('spills into Postgres when its node is killed, and returns when that is back', async () => {
    const queue = await open(await queueOn(2));
    await waitFor(() => queue.health().redis.keeps === 'disk');
    const enqueue = async () => (await queue.enqueue({ form: 'inbox', data: {} })).via;
    expect(await enqueue()).toBe('redis');
    const node = await serverOf(queue.name);
    await node.kill();
    for (let n = 0; n < 20; n += 1) expect(await enqueue()).toBe('postgres');
    await node.start();
    await waitFor(async () => (await enqueue()) === 'redis');
    expect((await queue.recover()).pushed).toBeGreaterThan(0);
  });
});

async function open(name: string): Promise<Queue> {
  const url = await postgres.createDatabase();
  await migrate(url);
  const queue = createQueue({ ...PATIENT, name, redis: caller, postgres: url });
  onTestFinished(() => queue.close());
  return queue;
}

async function expectKeysOnlyOn(node: number, queue: string): Promise<void> {
  const held = await Promise.all(redis.nodes.map((server) => server.command('KEYS', `*{${queue}}*`)));
  expect(held.map((keys) => Array.isArray(keys) && keys.length > 0)).toEqual(
    NODES.map((other) => other === node),
  );
}
