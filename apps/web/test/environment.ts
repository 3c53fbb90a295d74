import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startPostgres, startRedis, waitFor } from '@spillway/devstack';
import type { PostgresServer, RedisServer } from '@spillway/devstack';
import { ensureBuild, SERVER, WEB } from './build.ts';
import { startProcess } from './process.ts';
import type { RunningProcess } from './process.ts';

const WORKER = join(WEB, '../worker');

interface Web extends RunningProcess {
  readonly url: string;
}

/** The real thing: a production build, a worker, Postgres and Redis. */
export interface Environment {
  readonly web: Web;
  readonly databaseUrl: string;
  readonly postgres: PostgresServer;
  readonly redis: RedisServer;
  /** What was written for the first operator. */
  readonly operator: { readonly email: string; readonly password: string; readonly url: string };
  readonly operatorFile: string;
  /** One more web process over the same stores, at `PORT` or any free one. Whoever starts it stops it. */
  startWeb(env: Record<string, string>): Promise<Web>;
  startWorker(env?: Record<string, string>): Promise<void>;
  /** Where the worker serves health and metrics. Of the one that was started last, as is what it has written. */
  workerUrl(): string;
  workerOutput(): string;
  stopWorker(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts all of it on free ports, but no worker yet. `webEnv`: what the web process gets besides. */
export async function startEnvironment(webEnv: Record<string, string> = {}): Promise<Environment> {
  await ensureBuild();
  const folder = await mkdtemp(join(tmpdir(), 'spillway-web-'));
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  const databaseUrl = await postgres.createDatabase();
  const stores = { DATABASE_URL: databaseUrl, REDIS_URL: redis.url };
  const operatorFile = join(folder, 'first-operator.json');
  const { SPILLWAY_ADMIN_EMAIL: email, SPILLWAY_ADMIN_PASSWORD: password } = webEnv;
  const given = email !== undefined && password !== undefined ? { email, password } : undefined;
  let web: Web | undefined;
  let worker: RunningProcess | undefined;
  let workerUrl = '';

  async function stop(): Promise<void> {
    await Promise.all([web?.stop(), worker?.stop()]);
    await Promise.all([postgres.stop(), redis.stop()]);
    await rm(folder, { recursive: true, force: true });
  }

  try {
    web = await startWeb({
      ...stores,
      SPILLWAY_FIRST_OPERATOR_FILE: operatorFile,
      RATE_LIMIT: 'off',
      ...webEnv,
    });
    const output = web.output;
    // With a password from the environment there is no file: the person who set it knows it.
    const isCreated = () =>
      given ? output().includes('"event":"first_operator"') : existsSync(operatorFile);
    await waitFor(isCreated, { message: 'the first operator' });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    web,
    databaseUrl,
    postgres,
    redis,
    operatorFile,
    operator: given ?? JSON.parse(await readFile(operatorFile, 'utf8')),
    async startWeb(env) {
      if (env['RATE_LIMIT'] !== 'off') await forgetCounts(redis);
      return startWeb({ ...stores, ...env });
    },
    async startWorker(env = {}) {
      const port = await freePort();
      workerUrl = `http://127.0.0.1:${port}`;
      worker = startProcess(['src/main.ts'], WORKER, {
        ...stores,
        HEALTH_PORT: String(port),
        LOG_LEVEL: 'warn',
        ...env,
      });
      await ready(workerUrl, worker);
    },
    workerUrl: () => workerUrl,
    workerOutput: () => worker?.output() ?? '',
    async stopWorker() {
      await worker?.stop();
      worker = undefined;
    },
    stop,
  };
}

/** Senders are counted by their address in Redis, where other stories' limited processes have counted the same one. */
async function forgetCounts(redis: RedisServer): Promise<void> {
  const keys = await redis.command('KEYS', 'spillway:count:*');
  if (Array.isArray(keys) && keys.length > 0) await redis.command('DEL', ...keys.map(String));
}

async function startWeb(env: Record<string, string>): Promise<Web> {
  const port = env['PORT'] ?? (await freePort());
  const url = `http://127.0.0.1:${port}`;
  const started = startProcess([SERVER], WEB, {
    HOSTNAME: '127.0.0.1',
    PORT: String(port),
    SPILLWAY_SECRET: 'a secret for tests, long enough to be taken',
    ...env,
  });
  await ready(url, started);
  return { ...started, url };
}

async function ready(url: string, started: RunningProcess): Promise<void> {
  const isSettled = async () => started.hasExited() || (await fetch(`${url}/api/health/ready`)).ok;
  const isInTime = await waitFor(isSettled).catch(() => false);
  if (isInTime && !started.hasExited()) return;
  await started.stop();
  throw new Error(`It did not become ready at ${url}. It said:\n${started.output()}`);
}
