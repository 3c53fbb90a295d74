import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import pg from 'pg';
import type { Content } from '../ledger.ts';
import { CONCURRENCY, QUEUE } from './contestant.ts';
import type { Contestant } from './contestant.ts';

const POOL = 10;
const logger = new Logger(() => () => {});

export const graphileWorker: Contestant = {
  name: 'graphile-worker',
  package: 'graphile-worker',
  uses: ['postgres'],
  promises: "at least once, a dead worker's jobs after 4 hours; an id is recognised while its job waits",
  settings: 'its 25 attempts with their own backoff, jobKey with unsafe_dedupe',
  prepare: async ({ postgresUrl }) => {
    const utils = await makeWorkerUtils({ connectionString: postgresUrl, maxPoolSize: 1, logger });
    await utils.migrate();
    await utils.release();
  },
  open: async ({ postgresUrl }) => {
    const utils = await makeWorkerUtils({ connectionString: postgresUrl, maxPoolSize: POOL, logger });
    const pool = new pg.Pool({ connectionString: postgresUrl, max: 1 });
    pool.on('error', () => {});
    return {
      submit: (id, content) => utils.addJob(QUEUE, content, { jobKey: id, jobKeyMode: 'unsafe_dedupe' }),
      work: async (handler) => {
        const runner = await run({
          connectionString: postgresUrl,
          concurrency: CONCURRENCY,
          maxPoolSize: CONCURRENCY + 2,
          noHandleSignals: true,
          logger,
          taskList: {
            [QUEUE]: (payload, { job }) => handler({ id: job.key ?? '', content: payload as Content }),
          },
        });
        return () => runner.stop();
      },
      kept: async () => {
        const { rows } = await pool.query<{ id: string; is_failed: boolean }>(
          `SELECT key AS id, attempts >= max_attempts AND locked_at IS NULL AS is_failed
            FROM graphile_worker._private_jobs WHERE key IS NOT NULL`,
        );
        return new Map(
          rows.map(({ id, is_failed: isFailed }) => [id, isFailed ? 'failed' : 'open'] as const),
        );
      },
      close: async () => {
        await utils.release();
        await pool.end();
      },
    };
  },
};
