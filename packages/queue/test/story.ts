import { sql } from 'drizzle-orm';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { waitFor } from '@spillway/devstack';
import { createWorker } from '@spillway/queue';
import type { BatchHandler, Handler, Queue, QueueOptions, Worker, WorkerOptions } from '@spillway/queue';
import { openPool, openQueue, startStores } from './support.ts';
import type { Stack } from './support.ts';

/*
 * Stories of a submission from enqueue to effect, with real stores that really fail. The effect is a row in a table
 * without any key, so that a second effect would show.
 */

export interface Story {
  readonly queue: Queue;
  readonly pool: pg.Pool;
  /** The ids whose effect happened, once for each time. */
  effects(): Promise<string[]>;
  work(handler?: Handler, options?: WorkerOptions): Worker;
}

export const recordEffects: BatchHandler = async (submissions, tx) => {
  const ids = sql.param(submissions.map((submission) => submission.id));
  await tx.execute(sql`INSERT INTO effects SELECT * FROM unnest(${ids}::uuid[])`);
};

/** Real stores for the test file that calls it; `begin` opens a queue on them, and closes it after its test. */
export function useStories(): {
  readonly stack: () => Stack;
  readonly begin: (options?: Partial<QueueOptions>) => Promise<Story>;
} {
  let stack: Stack;
  const closing: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    stack = await startStores();
  });

  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });

  afterAll(async () => {
    await stack[Symbol.asyncDispose]();
  });

  async function begin(options: Partial<QueueOptions> = {}): Promise<Story> {
    const { queue, url } = await openQueue(stack, options);
    const pool = openPool({ connectionString: url });
    await pool.query('CREATE TABLE effects (id uuid)');
    closing.push(async () => {
      await queue.close();
      await pool.end();
    });
    await waitFor(() => queue.health().postgres.keeps === 'disk');
    if (options.redis === undefined) await waitFor(() => queue.health().redis.keeps !== 'unknown');
    return {
      queue,
      pool,
      effects: async () =>
        (await pool.query<{ id: string }>('SELECT id FROM effects')).rows.map((row) => row.id),
      work: (handler = { batch: recordEffects }, workerOptions = {}) => {
        const worker = createWorker(queue, handler, { pollMs: 100, recoverMs: 100, ...workerOptions });
        closing.push(() => worker.stop());
        worker.start();
        return worker;
      },
    };
  }

  return { stack: () => stack, begin };
}

export async function enqueueMany(queue: Queue, count: number): Promise<string[]> {
  const accepted = await Promise.all(
    Array.from({ length: count }, (_, n) => queue.enqueue({ form: 'inbox', data: { n } })),
  );
  return accepted.map((one) => one.id);
}

export async function expectOnceEach(story: Story, ids: readonly string[]): Promise<void> {
  await waitFor(async () => (await story.effects()).length >= ids.length);
  expect((await story.effects()).toSorted()).toEqual([...ids].toSorted());
}
