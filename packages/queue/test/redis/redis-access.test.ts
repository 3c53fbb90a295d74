import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startPostgres, startRedis, startRedisCluster, waitFor } from '@spillway/devstack';
import type { PostgresServer, RedisServer } from '@spillway/devstack';
import { createQueue, createWorker, migrate, newId } from '@spillway/queue';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { connect, KEY_PREFIX } from '../../src/redis/connection.ts';
import { RedisStore } from '../../src/redis/store.ts';
import { describeStore } from '../store-contract.ts';
import { envelope, PATIENT } from '../support.ts';

// deploy/redis.acl is what docs/operations.md tells people to use: all that the queue calls, and nothing else.

const RULES = await readFile(join(import.meta.dirname, '../../../../deploy/redis.acl'), 'utf8');
const RULE = RULES.split('\n').find((line) => line.startsWith('user spillway ')) ?? '';
const PASSWORD = 'change-me';
const ALLOWED = [...RULE.matchAll(/ \+(\S+)/g)].map(([, command]) => String(command));
/** What the web tier's counters call in a script of theirs (rate-limiter-flexible). */
const COUNTERS = ['expire', 'incrby', 'pttl'];
/** Of docs/operations.md. */
const CLUSTER_RULES = ['+cluster|slots', '+cluster|info', '+readonly', '+client|setname'];
const CLUSTER_RULE_SINCE_7_2 = '+client|setinfo';
const LEASE_MS = 30_000;

let redis: RedisServer;
let postgres: PostgresServer;
let url: string;

beforeAll(async () => {
  [redis, postgres] = await Promise.all([startRedis(), startPostgres()]);
  const [, name = '', ...rules] = RULE.split(' ');
  await redis.command('ACL', 'SETUSER', name, ...rules);
  url = redis.url.replace('redis://', `redis://${name}:${PASSWORD}@`);
});
afterAll(async () => {
  await Promise.all([redis?.stop(), postgres?.stop()]);
});

async function openStore(name = `acl-${newId().slice(-12)}`): Promise<RedisStore> {
  const { client, call } = connect(url, name, 'work');
  onTestFinished(() => client.disconnect());
  await new Promise((resolve) => client.once('ready', resolve));
  return new RedisStore(call, { maxDepth: 1_000 });
}

describeStore('Redis, as a user with the least rights', () => openStore());

describe('a user with the rights of deploy/redis.acl', () => {
  it('can do all that the queue does, and is refused nothing', async () => {
    await redis.command('ACL', 'LOG', 'RESET');
    await redis.command('CONFIG', 'RESETSTAT');
    const database = await postgres.createDatabase();
    await migrate(database);
    const queue = createQueue({ ...PATIENT, name: 'acl', redis: url, postgres: database });
    onTestFinished(() => queue.close());
    await waitFor(() => queue.health().redis.keeps === 'disk');
    const accepted = await Promise.all(
      Array.from({ length: 20 }, (_, n) => queue.enqueue({ form: 'inbox', data: { n } })),
    );
    expect(new Set(accepted.map(({ via }) => via))).toEqual(new Set(['redis']));
    expect((await queue.inspect.list({ list: 'redis' })).rows.length).toBe(20);
    await queue.inspect.overview();
    await queue.inspect.checkSettings();
    const worker = createWorker(queue, { batch: async () => {} });
    worker.start();
    await waitFor(() => worker.view().settled === accepted.length);
    // Counted once a wait is over.
    await waitFor(async () => (await calledCommands()).includes('blpop'), { message: 'an idle worker' });
    await worker.stop();
    await playEveryScript();
    // A broken breaker probes with a write of its own.
    const impatient = createQueue({ name: 'acl', redis: url, postgres: database });
    onTestFinished(() => impatient.close());
    await waitFor(() => impatient.health().redis.keeps === 'disk');
    await redis.freeze();
    await waitFor(async () => {
      await impatient.enqueue({ form: 'inbox', data: {} });
      return impatient.health().redis.state === 'down';
    });
    await redis.resume();
    await waitFor(() => impatient.health().redis.state === 'up');
    expect(await redis.command('ACL', 'LOG')).toEqual([]);
    expect(await calledCommands()).toEqual(expect.arrayContaining(withoutCounters()));
  });

  it('can do nothing else: no other keys, no other commands', async () => {
    const client = new Redis(url);
    onTestFinished(() => client.disconnect());
    for (const denied of [
      () => client.set('other', 1),
      () => client.flushall(),
      () => client.keys('*'),
      () => client.config('SET', 'appendonly', 'no'),
      () => client.call('ACL', 'LIST'),
      () => client.call('SHUTDOWN'),
    ]) {
      await expect(denied()).rejects.toThrow(/^NOPERM/);
    }
  });
});

describe('a user with these rights and those that docs/operations.md adds for a Cluster', () => {
  it('works there, and is refused nothing', async () => {
    const cluster = await startRedisCluster();
    onTestFinished(() => cluster.stop());
    const [first] = cluster.nodes;
    const knowsSetInfo = await first
      ?.command('ACL', 'SETUSER', 'probe', '+client|setinfo')
      .then(() => true)
      .catch(() => false);
    const added = [...CLUSTER_RULES, ...(knowsSetInfo ? [CLUSTER_RULE_SINCE_7_2] : [])];
    const [, name = '', ...rules] = RULE.split(' ');
    for (const node of cluster.nodes) await node.command('ACL', 'SETUSER', name, ...rules, ...added);
    const database = await postgres.createDatabase();
    await migrate(database);
    const hosts = cluster.nodes.map(({ port }) => `127.0.0.1:${port}`).join(',');
    const queue = createQueue({
      ...PATIENT,
      name: 'acl-cluster',
      redis: `redis+cluster://${name}:${PASSWORD}@${hosts}`,
      postgres: database,
    });
    onTestFinished(() => queue.close());
    await waitFor(() => queue.health().redis.keeps === 'disk');
    expect((await queue.enqueue({ form: 'inbox', data: {} })).via).toBe('redis');
    const worker = createWorker(queue, { batch: async () => {} });
    onTestFinished(() => worker.stop());
    worker.start();
    await waitFor(() => worker.view().settled === 1);
    for (const node of cluster.nodes) expect(await node.command('ACL', 'LOG')).toEqual([]);
  });
});

/** What the queue reaches only now and then. */
async function playEveryScript(): Promise<void> {
  const store = await openStore('acl-scripts');
  const items = Array.from({ length: 4 }, (_, n) => ({ envelope: envelope({ n }) }));
  await store.push(items, { deadlineMs: 60_000 });
  const [first] = items;
  if (first) await store.push([{ envelope: { ...first.envelope, generation: 2 } }], { deadlineMs: 60_000 });
  const claims = await store.claim({ limit: 3, leaseMs: LEASE_MS, worker: 'tester' });
  const held = claims.map((claim) => ({ id: claim.envelope.id, token: claim.token }));
  await store.extend(held, LEASE_MS);
  await store.retry(held.slice(0, 1).map((one) => ({ ...one, delayMs: 60_000, history: [] })));
  await store.release(held.slice(1, 2));
  await store.releaseLost('tester', []);
  await store.depth();
  await store.peek(held[0]?.id ?? '');
  await store.list('delayed', 0, 10, false);
  await store.walk('0', false);
  await store.requeue(held.map(({ id }) => id));
  await redis.command('DEL', `${KEY_PREFIX}{acl-scripts}:ready`);
  await store.repair();
  await store.has(items.map((item) => item.envelope.id));
  await store.ack(items.map((item) => item.envelope));
}

function withoutCounters(): string[] {
  return ALLOWED.filter((command) => !COUNTERS.includes(command));
}

async function calledCommands(): Promise<string[]> {
  const stats = String(await redis.command('INFO', 'commandstats'));
  return [...stats.matchAll(/^cmdstat_([^:]+):/gm)].map(([, name]) => String(name));
}

it('keys of the queue begin with what the rule allows', () => {
  expect(RULE).toContain(` ~${KEY_PREFIX}* `);
});
