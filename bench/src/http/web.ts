import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { freePort, waitFor } from '@spillway/devstack';
import type { Stand } from '../stand.ts';
import { buildWeb } from './build.ts';

const START_MS = 60_000;

export interface Web extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
}

/** The production build of the web app, in a separate process, without a rate limit. */
export async function startWeb(stand: Stand): Promise<Web> {
  const server = await buildWeb();
  const port = await freePort();
  const database = await stand.database();
  const child = spawn(process.execPath, [server], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      HOSTNAME: '127.0.0.1',
      DATABASE_URL: database.url,
      REDIS_URL: stand.redis.url,
      SPILLWAY_PRIMARY: 'redis',
      SPILLWAY_SECRET: 'only for this run, and long enough to be taken',
      RATE_LIMIT: 'off',
      LOG_LEVEL: 'error',
      PORT: String(port),
    },
  });
  const url = `http://127.0.0.1:${port}`;
  const gone = once(child, 'exit');
  await waitFor(async () => (await fetch(`${url}/api/health/ready`)).ok, {
    timeoutMs: START_MS,
    message: url,
  });
  return {
    url,
    pid: child.pid ?? 0,
    [Symbol.asyncDispose]: async () => {
      // Nothing of it is to be kept, and open connections would hold up a kinder end.
      child.kill('SIGKILL');
      await gone;
      await database[Symbol.asyncDispose]();
    },
  };
}
