// One of several processes that accept, or work off, the same queue at the same time.
import { setTimeout as pause } from 'node:timers/promises';
import { createQueue, createWorker } from '@spillway/queue';
import { waitFor } from '@spillway/devstack';
import { closedLoop } from '../closed-loop.ts';
import { data } from '../payload.ts';
import type { CrewOptions } from './process-group.ts';

const options: CrewOptions = JSON.parse(process.argv[2] ?? '');
const { role, windowMs } = options;
const queue = createQueue({
  name: options.queue,
  redis: options.redisUrl,
  postgres: options.postgresUrl,
  primary: 'redis',
});

async function accept(): Promise<number> {
  return (await closedLoop(options.callers, windowMs, () => queue.enqueue({ form: 'inbox', data })))
    .perSecond;
}

async function work(): Promise<number> {
  let beganMs = 0;
  const worker = createWorker(queue, {
    batch: async () => {
      beganMs ||= performance.now();
    },
  });
  worker.start();
  await waitFor(() => beganMs > 0, { intervalMs: 1, message: 'the first submission' });
  await pause(windowMs);
  const perSecond = (worker.view().settled / (performance.now() - beganMs)) * 1_000;
  await worker.stop();
  return perSecond;
}

process.on('message', () => {
  void (role === 'accept' ? accept() : work()).then((perSecond) => process.send?.(perSecond));
});
process.on('disconnect', () => process.exit(0));
await waitFor(() => queue.health().redis.state === 'up' && queue.health().redis.keeps === 'disk', {
  message: 'Redis to be audited',
});
process.send?.('ready');
