import { once } from 'node:events';
import { waitFor } from '@spillway/devstack';
import { createWorker } from '@spillway/queue';
import { describe, expect, it, onTestFinished } from 'vitest';
import { lookUp } from '../../src/inspect/status.ts';
import { connect } from '../../src/redis/connection.ts';
import { RedisStore } from '../../src/redis/store.ts';
import { openPool, openQueue, startStores, tables } from '../support.ts';

/** A Redis of which nothing is asked before something else has happened. */
class LateRedis extends RedisStore {
  before: () => Promise<void> = async () => {};

  override async peek(id: string) {
    await this.before();
    return super.peek(id);
  }
}

it('a submission that is settled during the look-up is found', async () => {
  const stores = await startStores();
  onTestFinished(() => stores[Symbol.asyncDispose]());
  const { queue, url } = await openQueue(stores, { primary: 'redis' });
  onTestFinished(() => queue.close());
  const pool = openPool({ connectionString: url });
  onTestFinished(() => pool.end());
  const { client, call } = connect(stores.redis.url, queue.name, 'work');
  onTestFinished(() => client.disconnect());
  await once(client, 'ready');

  const redis = new LateRedis(call, { maxDepth: 0 });
  const worker = createWorker(queue, { batch: async () => {} });
  const { id, via } = await queue.enqueue({ form: 'inbox', data: { n: 1 } });
  expect(via).toBe('redis');
  redis.before = async () => {
    redis.before = async () => {};
    worker.start();
    await waitFor(async () => !(await redis.has([id])).has(id), { message: 'it to be settled' });
    await worker.stop();
  };
  const { outcome } = await lookUp({ tables: tables(queue.name), pool, redis }, id);
  expect(outcome?.status).toBe('done');
});

describe('a reference that 100,000 others copy', () => {
  const BEGINS = '01a20001';
  const ENDS = '5a6b7c8d9e0f';
  const ORIGINAL = `${BEGINS}-ffff-7fff-bfff-${ENDS}`;
  const COPIES = 100_000;

  it('is looked up as fast as a view; the original is first, and every page appears once', async () => {
    const stores = await startStores();
    onTestFinished(() => stores[Symbol.asyncDispose]());
    const { queue, url } = await openQueue(stores, { primary: 'postgres' });
    onTestFinished(() => queue.close());
    const pool = openPool({ connectionString: url });
    onTestFinished(() => pool.end());
    // Ids that sort before the original's, half of them waiting and half settled, some in both tables.
    const at = `date_trunc('hour', now()) + n * interval '1 ms'`;
    const id = `('${BEGINS}-' || lpad(to_hex(n / 16384), 4, '0') || '-7000-' || to_hex(32768 + n % 16384) || '-${ENDS}')::uuid`;
    await pool.query(`
      INSERT INTO spillway.fallback_submissions (queue, id, form, data, digest, created_at, run_at)
      SELECT '${queue.name}', ${id}, 'inbox', '{}', '', ${at}, now() FROM generate_series(1, ${COPIES / 2}) n`);
    await pool.query(`
      INSERT INTO spillway.submission_outcomes (queue, id, form, status, attempts, generation, digest, received_at)
      SELECT '${queue.name}', ${id}, 'inbox', 'dead', 1, 1, '', ${at}
      FROM generate_series(${COPIES / 2 - 10}, ${COPIES}) n`);
    await pool.query(`
      INSERT INTO spillway.submission_outcomes (queue, id, form, status, attempts, generation, digest, received_at)
      VALUES ('${queue.name}', '${ORIGINAL}', 'inbox', 'done', 1, 1, '', now() - interval '2 hours')`);

    const startedMs = performance.now();
    const first = await queue.inspect.findIdsByReference(BEGINS, ENDS);
    const tookMs = performance.now() - startedMs;
    console.log(`first page of ${COPIES} with one reference: ${tookMs.toFixed(0)} ms`);
    expect(first.found).toHaveLength(50);
    expect(first.found[0]?.id).toBe(ORIGINAL);

    const seen = new Set(first.found.map((one) => one.id));
    let cursor = first.nextCursor;
    for (let pages = 0; cursor !== undefined && pages < 20; pages += 1) {
      const page = await queue.inspect.findIdsByReference(BEGINS, ENDS, { cursor, limit: 10_000 });
      for (const one of page.found) {
        expect(seen.has(one.id)).toBe(false);
        seen.add(one.id);
      }
      cursor = page.nextCursor;
    }
    expect(cursor).toBeUndefined();
    expect(seen.size).toBe(COPIES + 1);
    expect((await queue.inspect.findIdsByReference(BEGINS, '000000000000')).found).toEqual([]);
  }, 60_000);
});
