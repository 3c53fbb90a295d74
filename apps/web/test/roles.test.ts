import { startPostgres, waitFor } from '@spillway/devstack';
import type { PostgresServer } from '@spillway/devstack';
import { createQueue, createWorker, newId } from '@spillway/queue';
import type { Handler, Queue } from '@spillway/queue';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { asRole, GRANTS, grantedDatabase } from './detours/play.ts';
import type { Pool, Role } from './detours/play.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

// What web and worker do with the queue, each under its role, with Postgres alone. `threats/process.ts` has the two processes.
describe('under its role', () => {
  let server: PostgresServer;
  let admin: Pool;
  let url: string;
  const endings: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    server = await startPostgres();
    ({ pool: admin, url } = await grantedDatabase(server, [GRANTS]));
  });
  afterEach(async () => {
    for (const end of endings.splice(0).toReversed()) await end();
  });
  afterAll(async () => {
    await admin?.end();
    await server?.stop();
  });

  /** A queue as the web process opens it, and what starts a worker for it. */
  function begin() {
    const name = `roles-${newId()}`;
    const queue = queueOf(name, 'spillway_web');
    const work = (handler: Handler) => {
      const worker = createWorker(queueOf(name, 'spillway_worker'), handler, {
        maxAttempts: 2,
        backoffMs: { base: 1, max: 1 },
        pollMs: 20,
      });
      worker.start();
      endings.push(() => worker.stop());
      return worker;
    };
    return { queue, work };
  }

  function queueOf(name: string, role: Role): Queue {
    const queue = createQueue({ name, postgres: asRole(url, role) });
    endings.push(() => queue.close());
    return queue;
  }

  const reaches = (queue: Queue, id: string, state: string) =>
    waitFor(async () => (await queue.inspect.find(id))?.state === state, { message: `${id} ${state}` });

  it('web accepts, requeues and discards waiting submissions, and a worker settles the rest', async () => {
    const { queue, work } = begin();
    const { id: now } = await queue.enqueue({ form: 'contact', data: {} });
    const { id: later } = await queue.enqueue({
      form: 'contact',
      data: {},
      at: new Date(Date.now() + DAY_MS),
    });
    const { id: unwanted } = await queue.enqueue({ form: 'contact', data: { un: 'wanted' } });
    expect((await queue.enqueue({ id: now, form: 'contact', data: {} })).duplicate).toBe(true);
    expect(await queue.requeue([now, later])).toEqual([later]);
    expect(await queue.discard([unwanted])).toEqual([unwanted]);
    expect(await queue.inspect.find(unwanted)).toMatchObject({
      state: 'discarded',
      payload: '{"un":"wanted"}',
    });
    work({ batch: async () => {} });
    await reaches(queue, now, 'processed');
    await reaches(queue, later, 'processed');
  });

  it('a worker records a failure as dead, and web retries or discards it', async () => {
    const { queue, work } = begin();
    let fails = true;
    work({
      batch: async () => {
        if (fails) throw new Error('not now');
      },
    });
    const { id } = await queue.enqueue({ form: 'contact', data: { again: 1 } });
    const { id: hopeless } = await queue.enqueue({ form: 'contact', data: { again: 2 } });
    for (const one of [id, hopeless]) await reaches(queue, one, 'failed');
    expect(await queue.retry([id])).toEqual([id]);
    await reaches(queue, id, 'failed');
    expect(await queue.discard([hopeless])).toEqual([hopeless]);
    fails = false;
    expect(await queue.retry([id, hopeless])).toEqual([id]);
    await reaches(queue, id, 'processed');
  });

  it('a worker makes an external call, again after a failure, and once more after a retry', async () => {
    const { queue, work } = begin();
    const calls: string[] = [];
    work({
      external: async ({ id }) => {
        calls.push(id);
        if (calls.length < 4) throw new Error('no answer');
      },
    });
    const { id } = await queue.enqueue({ form: 'contact', data: {} });
    await reaches(queue, id, 'failed');
    await queue.retry([id]);
    await waitFor(() => calls.length === 4);
    await reaches(queue, id, 'processed');
  });

  it('a handler of the worker writes into another queue', async () => {
    const { queue, work } = begin();
    const other = queueOf(`${queue.name}-notices`, 'spillway_worker');
    work({
      batch: async (submissions, tx) => {
        for (const { id } of submissions) await other.enqueueIn(tx, { form: 'mail', data: { id } });
      },
    });
    const { id } = await queue.enqueue({ form: 'contact', data: {} });
    await reaches(queue, id, 'processed');
    expect((await other.inspect.overview()).postgres.depth?.ready).toBe(1);
  });

  it.for(['the worker settles it', 'an operator discards it'])(
    'other content under a used id is kept dead when %s',
    async (when) => {
      const { queue, work } = begin();
      const worker = work({ batch: async () => {} });
      const { id } = await queue.enqueue({ form: 'contact', data: { first: true } });
      await reaches(queue, id, 'processed');
      worker.pause('worker');
      // As a push arrives that was late.
      await admin.query(
        `INSERT INTO spillway.fallback_submissions (queue, id, form, data, digest, created_at, run_at) VALUES ($1, $2, 'contact', '{"first":false}', 'another', now(), now())`,
        [queue.name, id],
      );
      if (when === 'an operator discards it') await queue.discard([id]);
      else worker.resume('worker');
      const dead = await waitFor(async () => {
        const { rows } = await queue.inspect.list({ list: 'dead' });
        return rows[0];
      });
      expect(dead).toMatchObject({ conflictsWith: id, state: 'failed' });
      expect(await queue.inspect.find(dead.id)).toMatchObject({ payload: '{"first":false}' });
      expect((await queue.inspect.overview()).postgres.depth).toMatchObject({ ready: 0 });
      worker.resume('worker');
      expect(await queue.retry([dead.id])).toEqual([dead.id]);
      await reaches(queue, dead.id, 'processed');
    },
  );
});
