import { once } from 'node:events';
import { waitFor } from '@spillway/devstack';
import { createWorker } from '@spillway/queue';
import { expect, it, onTestFinished } from 'vitest';
import { lookUp } from '../../src/inspect/status.ts';
import { connect } from '../../src/redis/connection.ts';
import { RedisStore } from '../../src/redis/store.ts';
import { openPool, openQueue, startStores } from '../support.ts';

/** A Redis of which nothing is asked before something else has happened. */
class LateRedis extends RedisStore {
  before: () => Promise<void> = async () => {};

  override async peek(id: string) {
    await this.before();
    return super.peek(id);
  }
}

it('what is settled while it is looked for is found', async () => {
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
  const { outcome } = await lookUp({ queue: queue.name, pool, redis }, id);
  expect(outcome?.status).toBe('done');
});
