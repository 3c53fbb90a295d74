import { Queue, Worker, createPostgresBackend, withBackend } from 'bullmq';
import type { JobType } from 'bullmq';
import { Redis } from 'ioredis';
import { ATTEMPTS, CONCURRENCY, PEER_LEASE_MS, QUEUE, RETRY_MS } from './contestant.ts';
import type { Contestant, Peer, PeerHandler } from './contestant.ts';

const KEEP_SECONDS = 3_600;
const OPEN: readonly JobType[] = ['wait', 'active', 'delayed', 'prioritized'];
const POOL = 10;

/** Jobs that are done stay for a while: an id is recognised for as long as its job is kept. */
const JOB_OPTIONS = {
  attempts: ATTEMPTS,
  backoff: { type: 'fixed', delay: RETRY_MS },
  removeOnComplete: { age: KEEP_SECONDS },
  removeOnFail: false,
};
const WORKER_OPTIONS = {
  concurrency: CONCURRENCY,
  lockDuration: PEER_LEASE_MS,
  stalledInterval: PEER_LEASE_MS,
};
const SETTINGS = `attempts ${ATTEMPTS}, lockDuration and stalledInterval ${PEER_LEASE_MS / 1_000} s, completed jobs kept`;
const PROMISES = 'at least once; an id is recognised while its job is kept';

const onPostgres = withBackend(createPostgresBackend);

interface Setup {
  readonly queue: Pick<Queue, 'add' | 'getJobs' | 'close'>;
  /** Begins to work; resolves with the way to end. */
  work(handler: PeerHandler): () => Promise<unknown>;
  close(): Promise<unknown>;
}

export const bullmq: Contestant = {
  name: 'BullMQ',
  package: 'bullmq',
  uses: ['redis'],
  promises: PROMISES,
  settings: SETTINGS,
  open: async ({ redisUrl }) => {
    // Its guide to production: a producer fails fast, a worker waits.
    const producing = new Redis(redisUrl, { enableOfflineQueue: false });
    const working = new Redis(redisUrl, { maxRetriesPerRequest: null, lazyConnect: true });
    for (const connection of [producing, working]) connection.on('error', () => {});
    const queue = new Queue(QUEUE, { connection: producing, defaultJobOptions: JOB_OPTIONS });
    queue.on('error', () => {});
    await queue.waitUntilReady();
    return peer({
      queue,
      work: (handler) => {
        const worker = new Worker(QUEUE, (job) => handler({ id: job.id ?? '', content: job.data }), {
          connection: working,
          ...WORKER_OPTIONS,
        }).on('error', () => {});
        return () => worker.close();
      },
      close: async () => {
        await queue.close();
        producing.disconnect();
        working.disconnect();
      },
    });
  },
};

export const bullmqOnPostgres: Contestant = {
  name: 'BullMQ on Postgres',
  package: 'bullmq',
  uses: ['postgres'],
  promises: PROMISES,
  settings: SETTINGS,
  prepare: async ({ postgresUrl }) => {
    const queue = new onPostgres.Queue(QUEUE, {
      connection: { connectionString: postgresUrl, max: 1, migrate: true },
    });
    await queue.waitUntilReady();
    await queue.close();
  },
  open: async ({ postgresUrl }) => {
    const connection = { connectionString: postgresUrl, max: POOL };
    const queue = new onPostgres.Queue(QUEUE, { connection, defaultJobOptions: JOB_OPTIONS });
    queue.on('error', () => {});
    await queue.waitUntilReady();
    return peer({
      queue,
      work: (handler) => {
        const worker = new onPostgres.Worker(
          QUEUE,
          (job) => handler({ id: job.id ?? '', content: job.data }),
          {
            connection,
            ...WORKER_OPTIONS,
          },
        ).on('error', () => {});
        return () => worker.close();
      },
      close: () => queue.close(),
    });
  },
};

function peer({ queue, work, close }: Setup): Peer {
  return {
    submit: (id, content) => queue.add('job', content, { jobId: id }),
    work: async (handler) => work(handler),
    kept: async () => {
      const [open, failed] = await Promise.all([queue.getJobs([...OPEN]), queue.getJobs(['failed'])]);
      return new Map([
        ...open.map(({ id }) => [id ?? '', 'open'] as const),
        ...failed.map(({ id }) => [id ?? '', 'failed'] as const),
      ]);
    },
    close,
  };
}
