// A process whose memory is measured: it submits at a steady rate, or processes the submissions.
import { setTimeout as pause } from 'node:timers/promises';
import { createQueue, createWorker } from '@spillway/queue';
import { data } from '../payload.ts';
import type { ChildOptions, Sample } from './messages.ts';

const TICK_MS = 10;

const options: ChildOptions = JSON.parse(process.argv[2] ?? '');
const queue = createQueue({
  name: 'soak',
  redis: options.redisUrl,
  postgres: options.postgresUrl,
  primary: 'redis',
});
let done = 0;

if (options.role === 'worker') {
  createWorker(queue, {
    batch: async (submissions) => {
      done += submissions.length;
    },
  }).start();
} else {
  void submit(options.perSecond);
}

async function submit(perSecond: number): Promise<void> {
  const startedMs = performance.now();
  let sent = 0;
  for (;;) {
    const due = Math.floor(((performance.now() - startedMs) / 1_000) * perSecond);
    for (; sent < due; sent += 1) {
      void queue.enqueue({ form: 'inbox', data }).then(() => {
        done += 1;
      });
    }
    await pause(TICK_MS);
  }
}

process.on('message', () => {
  // Only live objects count, so collect garbage first.
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  process.send?.({ rssBytes: rss, heapBytes: heapUsed, done } satisfies Sample);
});
process.on('disconnect', () => process.exit(0));
