import { fork } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { waitFor } from '@spillway/devstack';
import { createQueue, createWorker } from '@spillway/queue';
import { enqueueMany, useStories } from '../story.ts';
import { freshDatabase, openQueue } from '../support.ts';

/* How a worker and its queue end, on real stores. */

const { stack, begin } = useStories();

const never = new Promise<never>(() => {});

describe("the README's way to stop a process", () => {
  it.each(['idle', 'external', 'batch', 'schema'] as const)(
    'ends it with a worker that is %s',
    async (what) => {
      const url = await freshDatabase(stack());
      const { queue } = await openQueue(stack(), { postgres: url });
      const file = new URL('../fixtures/stopping.ts', import.meta.url);
      // Without the flags of the test runner.
      const child = fork(file, [what, queue.name, url, stack().redis.url], { execArgv: [] });
      await once(child, 'message');
      if (what !== 'idle') {
        const running = once(child, 'message');
        await queue.enqueue({ form: 'inbox', data: {} });
        await running;
      }
      const exited = once(child, 'exit');
      const startedMs = performance.now();
      child.kill('SIGTERM');
      expect(await exited).toEqual([0, null]);
      // Its grace is 500 ms.
      expect(performance.now() - startedMs).toBeLessThan(5_000);
      await queue.close();
    },
  );
});

describe('a worker', () => {
  it('does not start again once it was stopped', async () => {
    const story = await begin();
    const worker = story.work();
    await worker.stop();
    expect(() => worker.start()).toThrow('The worker is closed; create a new one to go on.');
  });

  it('releases what a handler holds that runs on after the grace, and counts no attempt', async () => {
    const story = await begin();
    const [id = ''] = await enqueueMany(story.queue, 1);
    const { promise: began, resolve: tell } = Promise.withResolvers<void>();
    const hang = () => {
      tell();
      return never;
    };
    const worker = story.work({ batch: hang }, { graceMs: 50, maxAttempts: 1 });
    await began;
    await worker.stop();
    expect(worker.view()).toMatchObject({ failed: 0, dead: 0, inFlight: 0 });
    story.work();
    await waitFor(async () => (await story.queue.status(id)).state === 'processed');
    expect(await story.queue.inspect.find(id)).toMatchObject({ attempts: 1 });
  });
});

describe('a queue', () => {
  it('stops the workers that were made from it before it closes', async () => {
    const story = await begin();
    const { promise: began, resolve: tell } = Promise.withResolvers<void>();
    const { promise: finish, resolve: release } = Promise.withResolvers<void>();
    const worker = story.work({
      external: async () => {
        tell();
        await finish;
      },
    });
    await enqueueMany(story.queue, 1);
    await began;
    const closing = story.queue.close();
    release();
    await closing;
    expect(worker.view()).toMatchObject({ workingFrom: 'none', settled: 1, inFlight: 0, failed: 0 });
    expect(() => worker.start()).toThrow('The worker is closed');
    expect(() => createWorker(story.queue, { batch: async () => {} })).toThrow('The queue is closed');
  });

  it('and its worker end with their block: await using', async () => {
    const url = await freshDatabase(stack());
    let outer;
    {
      await using queue = createQueue({ postgres: url });
      await using worker = createWorker(queue, { batch: async () => {} });
      worker.start();
      outer = { queue, worker };
    }
    expect(() => outer.worker.start()).toThrow('The worker is closed');
    await expect(outer.queue.enqueue({ form: 'inbox', data: {} })).rejects.toMatchObject({ code: 'CLOSED' });
  });
});
