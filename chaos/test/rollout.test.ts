import { rm } from 'node:fs/promises';
import { startPostgres, startRedis, waitFor } from '@spillway/devstack';
import type { PostgresServer, RedisServer } from '@spillway/devstack';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { deploy, killAll, layOutImages } from './rollout-processes.ts';
import type { Deployed, Images } from './rollout-processes.ts';
import { sendSlowly, startSenders } from './rollout-senders.ts';
import type { Upstreams } from './rollout-senders.ts';

const WEB_PROCESSES = 2;
const WORKERS = 2;
const ROUNDS = 2;
const ENDED_BY_SIGTERM = 143;
const OPERATOR = { email: 'rollout@example.org', password: 'only for this rollout' };

/** What the migrations of a later version may do: tables and columns come, and nothing goes. */
const MIGRATIONS_OF_TOMORROW = `
  ALTER TABLE spillway.submission_outcomes ADD COLUMN tomorrow text DEFAULT 'x';
  ALTER TABLE submissions ADD COLUMN tomorrow text;
  ALTER TABLE spillway.fallback_submissions ADD COLUMN tomorrow text;
  CREATE TABLE tomorrow (id uuid PRIMARY KEY);
  CREATE INDEX ON spillway.submission_outcomes (tomorrow);
  INSERT INTO spillway.spillway_migrations (name) VALUES ('9999_tomorrow');
  INSERT INTO app_migrations (name) VALUES ('9999_tomorrow');
`;

let images: Images;
let postgres: PostgresServer;
let redis: RedisServer;
let pool: pg.Pool;

beforeAll(async () => {
  [images, postgres, redis] = await Promise.all([layOutImages(), startPostgres(), startRedis()]);
  pool = new pg.Pool({ connectionString: postgres.url });
  pool.on('error', () => {});
});

afterAll(async () => {
  killAll();
  await pool?.end();
  await Promise.all([postgres?.stop(), redis?.stop()]);
  if (images) await rm(images.folder, { recursive: true, force: true });
});

function start(program: 'web' | 'worker'): Promise<Deployed> {
  return deploy(images[program], {
    DATABASE_URL: postgres.url,
    REDIS_URL: redis.url,
    SPILLWAY_SECRET: 'only for this rollout, and long enough to be taken',
    SPILLWAY_ADMIN_EMAIL: OPERATOR.email,
    SPILLWAY_ADMIN_PASSWORD: OPERATOR.password,
    RATE_LIMIT: 'off',
    LOG_LEVEL: 'silent',
  });
}

test('each process is replaced under load; all that was accepted takes effect once, and nothing is refused', async () => {
  const webs = await Promise.all(Array.from({ length: WEB_PROCESSES }, () => start('web')));
  const workers = await Promise.all(Array.from({ length: WORKERS }, () => start('worker')));
  const upstreams: Upstreams = new Set(webs.map(({ url }) => url));
  const cookie = await signIn(webs);
  const senders = startSenders(upstreams);
  const { accepted, refused } = senders.ledger;
  const tookMs: number[] = [];
  const slow: number[] = [];
  let streams = 0;

  async function replaceWeb(old: Deployed): Promise<Deployed> {
    const next = await start('web');
    upstreams.add(next.url);
    const stream = await openStream(old, cookie);
    const late = await sendSlowly(old.url);
    const ending = old.end();
    const status = await late.finish();
    slow.push(status);
    if (status === 202) accepted.add(late.id);
    const { code, tookMs: took } = await ending;
    upstreams.delete(old.url);
    await stream.ended;
    streams += 1;
    expect(code).toBe(ENDED_BY_SIGTERM);
    tookMs.push(took);
    return next;
  }

  async function replaceWorker(old: Deployed): Promise<Deployed> {
    const next = await start('worker');
    const { code, tookMs: took } = await old.end();
    expect(code).toBe(0);
    tookMs.push(took);
    return next;
  }

  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [index, old] of webs.entries()) webs[index] = await replaceWeb(old);
    for (const [index, old] of workers.entries()) workers[index] = await replaceWorker(old);
    // From here on, those that run are the older version beside the tables of a later one.
    if (round === 0) await migrateToTomorrow();
  }
  const sent = accepted.size;
  await waitFor(() => accepted.size > sent, { message: 'the newest processes to accept' });
  await senders.stop();

  const counted = () => counts(accepted);
  const settled = async () => {
    const { done, waiting } = await counted();
    return done >= accepted.size && waiting === 0;
  };
  // What is missing is told below.
  await waitFor(settled).catch(() => {});
  const { cutOff, turnedAway, tooSlow } = senders.ledger;
  const replaced = `${tookMs.length} processes replaced, the slowest ended in ${Math.round(Math.max(...tookMs))} ms`;
  const answers = `${accepted.size} accepted, ${refused.length} refused; tries again: ${cutOff} cut off, ${turnedAway} turned away, ${tooSlow} too slow`;
  process.stdout.write(
    `rollout: ${replaced}; ${streams} streams ended; ${answers}; ${JSON.stringify(await counted())}\n`,
  );
  expect(refused).toEqual([]);
  expect(slow).toEqual(slow.map(() => 202));
  expect(await counted()).toEqual({ done: accepted.size, effects: accepted.size, others: 0, waiting: 0 });
  await Promise.all([...webs, ...workers].map((one) => one.end()));
});

/** All of it or nothing, and again where it fails, as our processes do: it may come into a deadlock with those that settle. */
async function migrateToTomorrow(): Promise<void> {
  const migrate = async () => (await pool.query(MIGRATIONS_OF_TOMORROW)) !== undefined;
  await waitFor(migrate, { message: 'the migrations of tomorrow' });
}

/** Probes write a row under a queue's name that no queue can have. An effect is a row of `submissions`; a second one under an id would fail its whole batch, and be seen as a death. */
async function counts(
  accepted: ReadonlySet<string>,
): Promise<Record<'done' | 'effects' | 'others' | 'waiting', number>> {
  const ids = [...accepted];
  const { rows } = await pool.query(
    `SELECT (SELECT count(*)::int FROM spillway.submission_outcomes WHERE id = ANY($1::uuid[]) AND status = 'done') AS done,
      (SELECT count(*)::int FROM submissions WHERE id = ANY($1::uuid[])) AS effects,
      (SELECT count(*)::int FROM spillway.submission_outcomes WHERE NOT id = ANY($1::uuid[]) OR status <> 'done') AS others,
      (SELECT count(*)::int FROM spillway.fallback_submissions WHERE queue <> '$probe') AS waiting`,
    [ids],
  );
  return rows[0];
}

async function signIn([web]: readonly Deployed[]): Promise<string> {
  const answer = await waitFor(async () => {
    const response = await fetch(`${web?.url}/api/auth/sign-in/email`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: String(web?.url) },
      body: JSON.stringify(OPERATOR),
    });
    return response.ok ? response : undefined;
  });
  return answer.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ');
}

/** What an operator's page holds open. `ended` resolves when the process has closed it. */
async function openStream({ url }: Deployed, cookie: string): Promise<{ readonly ended: Promise<void> }> {
  const response = await fetch(`${url}/api/trpc/admin.watch?input=%7B%7D`, {
    headers: { accept: 'text/event-stream', cookie },
  });
  expect(response.headers.get('content-type')).toContain('event-stream');
  const reader = response.body?.getReader() ?? expect.fail('no stream');
  await reader.read();
  const drain = async () => {
    while (!(await reader.read()).done);
  };
  return { ended: drain().catch(() => {}) };
}
