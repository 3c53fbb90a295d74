import BeeQueue from 'bee-queue';
import { Countdown } from '../countdown.ts';
import { data } from '../payload.ts';
import type { Harness } from '../harness.ts';
import type { Consumer, Entrant, Producer } from './competitor.ts';

const NAME = 'bench';
const BULK = 200;
const CONCURRENCY = 50;

/** As its documentation has it for queues that only produce: no worker, no events, no jobs kept in memory. */
async function open(harness: Harness, isWorker: boolean): Promise<BeeQueue> {
  const queue = new BeeQueue(NAME, {
    redis: { host: '127.0.0.1', port: harness.redis.port },
    isWorker,
    getEvents: false,
    sendEvents: false,
    storeJobs: false,
    removeOnSuccess: true,
  });
  await queue.ready();
  return queue;
}

export const beeQueueSave: Entrant<Producer> = {
  name: 'bee-queue save',
  open: async (harness) => {
    const queue = await open(harness, false);
    return { submit: () => queue.createJob(data).save(), [Symbol.asyncDispose]: () => queue.close() };
  },
};

export const beeQueueSaveAll: Entrant<Producer> = {
  name: `bee-queue saveAll of ${BULK}`,
  open: async (harness) => {
    const queue = await open(harness, false);
    return { perCall: BULK, submit: () => saveMany(queue, BULK), [Symbol.asyncDispose]: () => queue.close() };
  },
};

export const beeQueueWorker: Entrant<Consumer> = { name: 'bee-queue process', open: openConsumer };

async function openConsumer(harness: Harness): Promise<Consumer> {
  const producer = await open(harness, false);
  return {
    fill: async (count) => {
      for (let left = count; left > 0; left -= BULK) await saveMany(producer, Math.min(left, BULK));
    },
    drain: async (count) => {
      const countdown = new Countdown(count);
      const queue = await open(harness, true);
      queue.on('succeeded', () => countdown.done(1));
      queue.process(CONCURRENCY, async () => countdown.begin());
      const tookMs = await countdown.tookMs;
      await queue.close();
      return tookMs;
    },
    [Symbol.asyncDispose]: () => producer.close(),
  };
}

async function saveMany(queue: BeeQueue, count: number): Promise<void> {
  await queue.saveAll(Array.from({ length: count }, () => queue.createJob(data)));
}
