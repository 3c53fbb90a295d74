import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort, waitFor } from '@spillway/devstack';
import { createQueue } from '@spillway/queue';
import { repeat } from '../closed-loop.ts';
import { load } from '../http/load.ts';
import { startWeb } from '../http/web.ts';
import { data } from '../payload.ts';
import type { Database, Harness } from '../harness.ts';

const run = promisify(execFile);
const WORKER = join(import.meta.dirname, '../../../apps/worker');
const BUILT = join(import.meta.dirname, '../../.worker');
const LOAD_MS = 20_000;
const JOBS = 100_000;
const CALLERS = 256;
const WAIT_MS = 120_000;

/** The resident size of a process as it is shipped, in bytes. */
export interface ProcessMemory {
  readonly idle: number;
  readonly loaded: number;
}

/** The production build, before and after 20 s of posts from 64 connections. */
export async function measureWeb(harness: Harness): Promise<ProcessMemory> {
  await using web = await startWeb(harness);
  const idle = await residentBytes(web.pid);
  await load(`${web.url}/api/submit`, LOAD_MS);
  return { idle, loaded: await residentBytes(web.pid) };
}

/** The bundled worker with the application's own handler, before and after 100,000 submissions. */
export async function measureWorker(harness: Harness): Promise<ProcessMemory> {
  await using database = await harness.database();
  await run(process.execPath, ['node_modules/tsdown/dist/run.mjs', '--out-dir', BUILT], { cwd: WORKER });
  const port = await freePort();
  const child = spawn(process.execPath, [join(BUILT, 'main.js')], {
    stdio: 'ignore',
    env: {
      DATABASE_URL: database.url,
      REDIS_URL: harness.redis.url,
      SPILLWAY_PRIMARY: 'redis',
      HEALTH_PORT: String(port),
    },
  });
  const gone = once(child, 'exit');
  try {
    await waitFor(async () => (await fetch(`http://127.0.0.1:${port}/api/health/ready`)).ok, {
      timeoutMs: WAIT_MS,
      message: 'the worker',
    });
    const idle = await residentBytes(child.pid ?? 0);
    await feed(harness, database);
    return { idle, loaded: await residentBytes(child.pid ?? 0) };
  } finally {
    child.kill('SIGKILL');
    await gone;
  }
}

async function feed(harness: Harness, { url, pool }: Database): Promise<void> {
  const queue = createQueue({ redis: harness.redis.url, postgres: url, primary: 'redis' });
  await repeat(JOBS, CALLERS, () => queue.enqueue({ form: 'inbox', data }));
  await queue.close();
  const isDone = `SELECT count(*) >= ${JOBS} AS done FROM submissions`;
  await waitFor(async () => (await pool.query<{ done: boolean }>(isDone)).rows[0]?.done, {
    timeoutMs: WAIT_MS,
    intervalMs: 500,
    message: 'the worker to be done',
  });
}

async function residentBytes(pid: number): Promise<number> {
  const { stdout } = await run('ps', ['-o', 'rss=', '-p', String(pid)]);
  return Number(stdout) * 1_024;
}
