import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { pgBouncerBinary, startPgBouncer, startPostgres, startRedis, waitFor } from '@spillway/devstack';
import type { PgBouncer, PostgresServer, RedisServer } from '@spillway/devstack';
import { migrate } from '@spillway/queue';
import { PostgresStore } from '../../src/postgres/store.ts';
import { describeStore } from '../store-contract.ts';
import { enqueueMany, expectOnceEach, recordEffects } from '../story.ts';
import type { Story } from '../story.ts';
import { openPool, PATIENT, tables } from '../support.ts';
import { createQueue, createWorker, newId } from '@spillway/queue';
import type { QueueEvent, QueueOptions } from '@spillway/queue';

// Each transaction may meet another connection of Postgres: nothing may be kept on one between two.

const MANY = 300;
// Where it can be had at all it is brought: absent means that nothing here was tried, and that is said.
const hasPooler = await pgBouncerBinary().then(
  () => true,
  (error: unknown) => {
    console.warn(`Nothing was tried behind PgBouncer: ${String(error)}`);
    return false;
  },
);

describe.skipIf(!hasPooler)('behind PgBouncer in transaction mode', () => {
  let postgres: PostgresServer;
  let redis: RedisServer;
  let pooler: PgBouncer;
  let contractUrl: string;

  beforeAll(async () => {
    [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
    pooler = await startPgBouncer({ postgres });
    contractUrl = await freshUrl();
    await loseNames();
  });
  afterAll(async () => {
    await pooler?.stop();
    await Promise.all([postgres?.stop(), redis?.stop()]);
  });

  /** A pooler that knows no prepared statements costs a process one call, which is refused and made again (adr/0011). */
  async function loseNames(): Promise<void> {
    const pool = openPool({ connectionString: contractUrl });
    const store = new PostgresStore(pool, tables('names'));
    const claim = () => store.claim({ limit: 1, leaseMs: 1_000, worker: 'tester' });
    let refused = 0;
    for (let tries = 0; tries < MANY && refused === 0; tries += 10) {
      const results = await Promise.allSettled(Array.from({ length: 10 }, claim));
      refused = results.filter(({ status }) => status === 'rejected').length;
    }
    await pool.end();
  }

  async function freshUrl(): Promise<string> {
    const url = pooler.through(await postgres.createDatabase());
    // Two at once: the lock that lets them take turns must live within a transaction.
    await Promise.all([migrate(url), migrate(url)]);
    return url;
  }

  async function begin(
    options: Partial<QueueOptions> = {},
  ): Promise<Story & { readonly events: QueueEvent[] }> {
    const url = await freshUrl();
    const events: QueueEvent[] = [];
    const queue = createQueue({
      ...PATIENT,
      name: `pooled-${newId().slice(-12)}`,
      redis: redis.url,
      postgres: url,
      onEvent: (event) => events.push(event),
      ...options,
    });
    const pool = openPool({ connectionString: url });
    await pool.query('CREATE TABLE effects (id uuid)');
    onTestFinished(async () => {
      await queue.close();
      await pool.end();
    });
    await waitFor(() => queue.health().postgres.keeps === 'disk');
    return {
      queue,
      pool,
      events,
      effects: async () =>
        (await pool.query<{ id: string }>('SELECT id FROM effects')).rows.map(({ id }) => id),
      work: (handler = { batch: recordEffects }, workerOptions = {}) => {
        const worker = createWorker(queue, handler, { pollMs: 100, recoverMs: 100, ...workerOptions });
        onTestFinished(() => worker.stop());
        worker.start();
        return worker;
      },
    };
  }

  describeStore('Postgres behind PgBouncer', async () => {
    const pool = openPool({ connectionString: contractUrl });
    onTestFinished(() => pool.end());
    return new PostgresStore(pool, tables(`pooled-${newId().slice(-12)}`));
  });

  it('what Redis acknowledged takes effect once each', async () => {
    const story = await begin({ primary: 'redis' });
    story.work();
    story.work();
    await expectOnceEach(story, await enqueueMany(story.queue, MANY));
  });

  it('what Postgres acknowledged is pushed to Redis, and takes effect once each', async () => {
    const story = await begin({ primary: 'postgres' });
    const ids = await enqueueMany(story.queue, MANY);
    story.work();
    story.work();
    await expectOnceEach(story, ids);
  });

  it('without a Redis, two workers drain straight from Postgres, once each', async () => {
    const story = await begin({ redis: undefined });
    const ids = await enqueueMany(story.queue, MANY);
    story.work();
    story.work();
    await expectOnceEach(story, ids);
    expect(story.events.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('an external call is made once, and settled', async () => {
    const story = await begin();
    const called: string[] = [];
    story.work({ external: async ({ id }) => void called.push(id) });
    const ids = await enqueueMany(story.queue, 10);
    await waitFor(async () => {
      const states = await Promise.all(ids.map((id) => story.queue.status(id)));
      return states.every(({ state }) => state === 'processed');
    });
    expect(called.toSorted()).toEqual(ids.toSorted());
  });

  it('a dead submission is found, and retried by an operator', async () => {
    const story = await begin();
    const failing = story.work(
      { external: () => Promise.reject(new Error('not today')) },
      { maxAttempts: 1 },
    );
    const [id = ''] = await enqueueMany(story.queue, 1);
    await waitFor(async () => (await story.queue.status(id)).state === 'failed');
    await failing.stop();
    expect((await story.queue.inspect.list({ list: 'dead' })).rows.map((row) => row.id)).toEqual([id]);
    expect(await story.queue.retry([id])).toEqual([id]);
    story.work();
    await expectOnceEach(story, [id]);
  });

  it('the views of an operator answer', async () => {
    const { queue } = await begin();
    await enqueueMany(queue, 3);
    expect(await queue.inspect.overview()).toBeDefined();
    expect((await queue.inspect.checkSettings()).length).toBeGreaterThan(0);
  });
});
