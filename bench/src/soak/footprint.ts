import { repeat } from '../closed-loop.ts';
import { openSpillway } from '../competitors/spillway.ts';
import { data } from '../payload.ts';
import type { Database, Harness } from '../harness.ts';
import { workOff } from '../work-off.ts';

const COUNT = 20_000;
const CALLERS = 256;

/** What one submission of 300 bytes takes, in bytes, with its share of the indexes. */
export interface Footprint {
  /** While it waits in Redis, and nowhere else. */
  readonly inRedis: number;
  /** While it waits in Postgres. */
  readonly inPostgres: number;
  /** The bytes that remain: the outcome, kept for the retention. */
  readonly outcome: number;
}

export async function measureFootprint(harness: Harness): Promise<Footprint> {
  await harness.emptyRedis();
  const emptyBytes = await redisBytes(harness);
  await using redisFirst = await openSpillway(harness, { primary: 'redis' });
  await repeat(COUNT, CALLERS, () => redisFirst.queue.enqueue({ form: 'inbox', data }));
  const inRedis = ((await redisBytes(harness)) - emptyBytes) / COUNT;
  await workOff(redisFirst.queue, COUNT);
  const outcome = (await tableBytes(redisFirst.database, 'spillway.submission_outcomes')) / COUNT;
  await using postgresFirst = await openSpillway(harness, { primary: 'postgres' });
  await repeat(COUNT, CALLERS, () => postgresFirst.queue.enqueue({ form: 'inbox', data }));
  const inPostgres = (await tableBytes(postgresFirst.database, 'spillway.fallback_submissions')) / COUNT;
  await harness.emptyRedis();
  return { inRedis, inPostgres, outcome };
}

export async function redisBytes({ client }: Harness): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1]);
}

async function tableBytes({ pool }: Database, table: string): Promise<number> {
  const { rows } = await pool.query<{ bytes: string }>('SELECT pg_total_relation_size($1) AS bytes', [table]);
  return Number(rows[0]?.bytes);
}
