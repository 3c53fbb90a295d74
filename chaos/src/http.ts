import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { freePort, startPostgres, startRedis, waitFor } from '@spillway/devstack';
import type { RedisServer } from '@spillway/devstack';
import { newId } from '@spillway/queue';
import pg from 'pg';

/*
 * The outage as people meet it: submissions posted over HTTP to the production build, while Redis is killed and
 * started again, and the web process too, by SIGKILL and SIGTERM in turn. Senders whose connection breaks do as our page
 * does: they send again, with the same id. Afterwards every submission must stand in `submissions`, once, and none may
 * have been refused.
 */

const MINUTE_MS = 60_000;
const REPOSITORY = join(import.meta.dirname, '../..');
const WEB = join(REPOSITORY, 'apps/web');
const WORKER = join(REPOSITORY, 'apps/worker');

interface Accepted {
  readonly id: string;
  readonly via: 'redis' | 'postgres';
  readonly ms: number;
}

const { values: args } = parseArgs({
  options: {
    count: { type: 'string', default: '20000' },
    kills: { type: 'string', default: '3' },
    'web-kills': { type: 'string', default: '0' },
    callers: { type: 'string', default: '32' },
  },
});
const count = Number(args.count);
const kills = Number(args.kills);
const webKills = Number(args['web-kills']);

for (const built of [join(WEB, '.next/BUILD_ID'), join(WORKER, 'dist/main.js')]) {
  if (!existsSync(built)) throw new Error(`${built} is missing. Run first: pnpm turbo run build`);
}

const children: ChildProcess[] = [];
const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
try {
  process.exitCode = (await play()) ? 0 : 1;
} finally {
  await Promise.all(children.map((child) => end(child)));
  await Promise.all([postgres.stop(), redis.stop()]);
}

async function play(): Promise<boolean> {
  const databaseUrl = await postgres.createDatabase();
  const stores = {
    DATABASE_URL: databaseUrl,
    REDIS_URL: redis.url,
    LOG_LEVEL: 'error',
    NODE_ENV: 'production',
  };
  const next = join(WEB, 'node_modules/next/dist/bin/next');
  const webEnv = {
    ...stores,
    RATE_LIMIT: 'off',
    SPILLWAY_SECRET: 'only for this run, and long enough to be taken',
  };
  const web = await startService(WEB, [next, 'start', '--hostname', '127.0.0.1'], (port) => ({
    ...webEnv,
    PORT: String(port),
  }));
  await startService(WORKER, ['dist/main.js'], (port) => ({ ...stores, HEALTH_PORT: String(port) }));
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 });
  const accepted: Accepted[] = [];
  const refused: string[] = [];
  const startedMs = performance.now();
  const posting = postAll(web.url, accepted, refused);
  await Promise.all([posting, breakRedis(redis, accepted), breakWeb(web, accepted)]);
  const postedMs = performance.now() - startedMs;
  const stored = await waitFor(
    async () => {
      const { rows } = await pool.query<{ id: string }>('SELECT id FROM submissions');
      return rows.length >= accepted.length ? rows.map((row) => row.id) : undefined;
    },
    { timeoutMs: 2 * MINUTE_MS, intervalMs: 200, message: 'every accepted submission in the table' },
  );
  const drainedMs = performance.now() - startedMs - postedMs;
  const { rows: dead } = await pool.query("SELECT id FROM submission_outcomes WHERE status <> 'done'");
  await pool.end();
  return report({ accepted, refused, stored, dead: dead.length, postedMs, drainedMs });
}

async function postAll(url: string, accepted: Accepted[], refused: string[]): Promise<void> {
  let left = count;
  const caller = async () => {
    while (left > 0) {
      left -= 1;
      const body = JSON.stringify({ id: newId(), data: { n: left, text: 'x'.repeat(250) } });
      const startedMs = performance.now();
      const { status, answer } = await waitFor(() => post(url, body), { timeoutMs: MINUTE_MS, message: url });
      if (status === 202) accepted.push({ ...answer, ms: performance.now() - startedMs });
      else refused.push(`${status} ${JSON.stringify(answer)}`);
    }
  };
  await Promise.all(Array.from({ length: Number(args.callers) }, caller));
}

/** `undefined` where the connection broke: whether the submission arrived is not known, and the same id will tell. */
async function post(
  url: string,
  body: string,
): Promise<{ status: number; answer: Pick<Accepted, 'id' | 'via'> } | undefined> {
  try {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${url}/api/submit`, { method: 'POST', headers, body });
    return { status: response.status, answer: JSON.parse(await response.text()) };
  } catch {
    return undefined;
  }
}

/** Kills the web process at even shares of the count, without and with a word of warning, and starts it again. */
async function breakWeb(web: Service, accepted: readonly Accepted[]): Promise<void> {
  for (let kill = 1; kill <= webKills; kill += 1) {
    const target = (count * kill) / (webKills + 1);
    await waitFor(() => accepted.length >= target, {
      timeoutMs: 2 * MINUTE_MS,
      message: `web's end ${kill}`,
    });
    await web.restart(kill % 2 === 1 ? 'SIGKILL' : 'SIGTERM');
  }
}

/** Each outage begins when its share of the count is accepted through Redis, and lasts until Postgres has taken 5 %. */
async function breakRedis(server: RedisServer, accepted: readonly Accepted[]): Promise<void> {
  const via = (store: Accepted['via']) => accepted.filter((one) => one.via === store).length;
  const reach = (target: number, now: () => number, message: string) =>
    waitFor(() => now() >= target, { timeoutMs: 2 * MINUTE_MS, message });
  for (let outage = 1; outage <= kills; outage += 1) {
    await reach((count * (outage - 0.5)) / (kills + 1), () => accepted.length, `outage ${outage}`);
    const before = { redis: via('redis'), postgres: via('postgres') };
    await server.kill();
    await reach(before.postgres + count / 20, () => via('postgres'), 'Postgres taking over');
    await server.start();
    await reach(before.redis + 1, () => via('redis'), 'Redis taking over again');
  }
}

interface Result {
  readonly accepted: readonly Accepted[];
  readonly refused: readonly string[];
  readonly stored: readonly string[];
  readonly dead: number;
  readonly postedMs: number;
  readonly drainedMs: number;
}

function report({ accepted, refused, stored, dead, postedMs, drainedMs }: Result): boolean {
  const ids = new Set(accepted.map((one) => one.id));
  const lost = ids.size - stored.filter((id) => ids.has(id)).length;
  const twice = stored.length - new Set(stored).size;
  const summary = {
    posted: count,
    redisKills: kills,
    webKills,
    accepted: accepted.length,
    viaRedis: accepted.filter((one) => one.via === 'redis').length,
    viaPostgres: accepted.filter((one) => one.via === 'postgres').length,
    refused: refused.length,
    rows: stored.length,
    lost,
    twice,
    unexpected: stored.filter((id) => !ids.has(id)).length,
    dead,
    perSecond: Math.round((accepted.length / postedMs) * 1000),
    p50Ms: quantile(accepted, 0.5),
    p99Ms: quantile(accepted, 0.99),
    slowestMs: quantile(accepted, 1),
    drainedAfterMs: Math.round(drainedMs),
  };
  console.table(summary);
  for (const one of refused.slice(0, 5)) console.error(one);
  console.log(JSON.stringify(summary));
  return lost + twice + refused.length + dead + summary.unexpected === 0 && accepted.length === count;
}

function quantile(accepted: readonly Accepted[], share: number): number {
  const sorted = accepted.map((one) => one.ms).toSorted((a, b) => a - b);
  return Math.round(sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0);
}

interface Service {
  readonly url: string;
  /** Ends it with this signal, and starts another on the same port. */
  restart(signal: NodeJS.Signals): Promise<void>;
}

async function startService(
  cwd: string,
  command: readonly string[],
  envOf: (port: number) => Record<string, string>,
): Promise<Service> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  // Only what it needs of our environment: a setting of this shell's must not change the run.
  const env = { PATH: `${dirname(process.execPath)}:/usr/bin:/bin`, ...envOf(port) };
  const start = async () => {
    const child = spawn(process.execPath, command, { cwd, env, stdio: ['ignore', 'inherit', 'inherit'] });
    children.push(child);
    await waitFor(async () => (await fetch(`${url}/api/health/ready`)).ok, {
      timeoutMs: MINUTE_MS,
      message: url,
    });
    return child;
  };
  let child = await start();
  const restart = async (signal: NodeJS.Signals) => {
    await end(child, signal);
    child = await start();
  };
  return { url, restart };
}

async function end(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill(signal);
  await exit;
}
