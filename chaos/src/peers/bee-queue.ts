import BeeQueue from 'bee-queue';
import { ATTEMPTS, CONCURRENCY, PEER_LEASE_MS, PEER_TIMEOUT_MS, QUEUE, RETRY_MS } from './contestant.ts';
import type { Contestant } from './contestant.ts';

const ALL = { start: 0, end: 100_000, size: 100_000 };

/** As its documentation has it for queues that only produce, and for one that works. */
async function open(redisUrl: string, isWorker: boolean): Promise<BeeQueue> {
  const { hostname, port } = new URL(redisUrl);
  const queue = new BeeQueue(QUEUE, {
    redis: { host: hostname, port: Number(port) },
    isWorker,
    getEvents: false,
    sendEvents: false,
    storeJobs: false,
    activateDelayedJobs: isWorker,
    stallInterval: PEER_LEASE_MS,
  });
  queue.on('error', () => {});
  return queue.ready();
}

export const beeQueue: Contestant = {
  name: 'bee-queue',
  package: 'bee-queue',
  uses: ['redis'],
  promises: 'at least once; an id is recognised while its job is kept; handlers that hang are ended',
  settings: `retries ${ATTEMPTS - 1}, stallInterval ${PEER_LEASE_MS / 1_000} s, checkStalledJobs, timeout ${PEER_TIMEOUT_MS / 1_000} s, succeeded jobs kept`,
  open: async ({ redisUrl }) => {
    const producing = await open(redisUrl, false);
    return {
      submit: (id, content) =>
        producing
          .createJob(content)
          .setId(id)
          .retries(ATTEMPTS - 1)
          .backoff('fixed', RETRY_MS)
          .timeout(PEER_TIMEOUT_MS)
          .save(),
      work: async (handler) => {
        const working = await open(redisUrl, true);
        working.process(CONCURRENCY, async ({ id, data }) => handler({ id, content: data }));
        await working.checkStalledJobs(PEER_LEASE_MS);
        return () => working.close();
      },
      kept: async () => {
        const ids = async (type: string) => (await producing.getJobs(type, ALL)).map(({ id }) => id);
        const [waiting, active, delayed, failed] = await Promise.all(
          ['waiting', 'active', 'delayed', 'failed'].map(ids),
        );
        return new Map([
          ...[...(waiting ?? []), ...(active ?? []), ...(delayed ?? [])].map((id) => [id, 'open'] as const),
          ...(failed ?? []).map((id) => [id, 'failed'] as const),
        ]);
      },
      close: () => producing.close(),
    };
  },
};
