import { PgBoss } from 'pg-boss';
import type { ConstructorOptions, Job } from 'pg-boss';
import pg from 'pg';
import type { Content } from '../ledger.ts';
import { ATTEMPTS, CONCURRENCY, PEER_TIMEOUT_MS, QUEUE, RETRY_MS } from './contestant.ts';
import type { Contestant } from './contestant.ts';

const SECOND = 1_000;
const PRODUCER_POOL = 8;
/** Each handler that runs holds a connection, and the rest of it needs some too. */
const WORKER_POOL = CONCURRENCY + 6;

async function open(options: ConstructorOptions): Promise<PgBoss> {
  const boss = new PgBoss({ schedule: false, supervise: false, migrate: false, ...options });
  boss.on('error', () => {});
  await boss.start();
  return boss;
}

export const pgBoss: Contestant = {
  name: 'pg-boss',
  package: 'pg-boss',
  uses: ['postgres'],
  promises:
    'effects once, through its transaction; an id is recognised while its job is kept; handlers that hang are ended',
  settings: `transactional, retryLimit ${ATTEMPTS - 1}, expireInSeconds ${PEER_TIMEOUT_MS / SECOND}, supervised every second`,
  prepare: async ({ postgresUrl }) => {
    const boss = await open({ connectionString: postgresUrl, max: 2, migrate: true });
    await boss.createQueue(QUEUE, {
      retryLimit: ATTEMPTS - 1,
      retryDelay: RETRY_MS / SECOND,
      expireInSeconds: PEER_TIMEOUT_MS / SECOND,
    });
    await boss.stop({ graceful: false });
  },
  open: async ({ postgresUrl }) => {
    const producing = await open({ connectionString: postgresUrl, max: PRODUCER_POOL });
    const pool = new pg.Pool({ connectionString: postgresUrl, max: 1 });
    pool.on('error', () => {});
    return {
      submit: (id, content) => producing.send(QUEUE, content, { id }),
      work: async (handler) => {
        const working = await open({
          connectionString: postgresUrl,
          max: WORKER_POOL,
          supervise: true,
          superviseIntervalSeconds: 1,
          monitorIntervalSeconds: 1,
        });
        await working.work(
          QUEUE,
          { transactional: true, localConcurrency: CONCURRENCY, pollingIntervalSeconds: 0.5 },
          async (jobs: Job<Content>[], db) => {
            for (const job of jobs)
              await handler({ id: job.id, content: job.data }, (text, values) =>
                db.executeSql(text, [...values]),
              );
          },
        );
        return () => working.stop({ graceful: true, timeout: PEER_TIMEOUT_MS });
      },
      kept: async () => {
        const { rows } = await pool.query<{ id: string; state: string }>(
          "SELECT id, state::text FROM pgboss.job WHERE name = $1 AND state <> 'completed'",
          [QUEUE],
        );
        return new Map(rows.map(({ id, state }) => [id, state === 'failed' ? 'failed' : 'open'] as const));
      },
      close: async () => {
        await producing.stop({ graceful: false });
        await pool.end();
      },
    };
  },
};
