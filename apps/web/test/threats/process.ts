import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Receipt } from '@spillway/api';
import { createDb } from '@spillway/db';
import type { Db } from '@spillway/db';
import { waitFor } from '@spillway/devstack';
import { newId } from '@spillway/queue';
import { expect, it } from 'vitest';
import { WEB } from '../build.ts';
import { postSignIn } from '../native.ts';
import type { World } from '../world.ts';

const SQL = join(WEB, '../../deploy/sql');
const PASSWORD = 'of-the-roles-for-the-tests';
const NOTHING = '01930000-0000-7000-8000-000000000001';

type Client = Db['$client'];

const FORBIDDEN = {
  spillway_web: [
    `INSERT INTO submissions (id, form, data, received_at, attempts) VALUES ('${NOTHING}', 'inbox', '{}', now(), 1)`,
    `UPDATE submissions SET data = '{}'`,
    'DELETE FROM submissions',
    `UPDATE audit_log SET by = 'nobody'`,
    'DELETE FROM audit_log',
    `INSERT INTO spillway.submission_outcomes SELECT * FROM spillway.submission_outcomes`,
    'DELETE FROM spillway.fallback_submissions',
    `UPDATE spillway.fallback_submissions SET data = '{}'`,
    `UPDATE spillway.fallback_submissions SET queue = 'another'`,
    `UPDATE spillway.fallback_submissions SET run_at = run_at + interval '1 day'`,
    `UPDATE spillway.submission_outcomes SET received_at = now()`,
    `UPDATE operations SET target = '{}'`,
    `INSERT INTO audit_log (queue, by, action, result, at) VALUES ('q', 'me', 'retry', 'done', '2020-01-01')`,
    'TRUNCATE spillway.submission_outcomes',
    'DROP TABLE submissions',
    'CREATE TABLE mine ()',
    'CREATE TEMPORARY TABLE mine ()',
    'ALTER TABLE spillway.submission_outcomes DISABLE ROW LEVEL SECURITY',
    `INSERT INTO app_migrations (name) VALUES ('mine')`,
    `COPY submissions TO PROGRAM 'cat'`,
  ],
  spillway_worker: [
    'SELECT * FROM auth_user',
    'SELECT * FROM auth_session',
    'UPDATE auth_account SET password = null',
    'DELETE FROM submissions',
    `UPDATE submissions SET data = '{}'`,
    'DELETE FROM spillway.fallback_submissions',
    `UPDATE spillway.fallback_submissions SET data = '{}'`,
    'TRUNCATE spillway.fallback_submissions',
    'DROP TABLE spillway.fallback_submissions',
    'CREATE TABLE mine ()',
    `INSERT INTO spillway.spillway_migrations (name) VALUES ('mine')`,
  ],
} as const;

/** A process of ours runs somebody else's code. What it may do in Postgres is what its role may. */
export function processThreats(world: () => World): void {
  it('web and worker do all their work under roles without further rights', async () => {
    const house = await startUnderRoles(world());
    try {
      await doTheWork(world(), house.web.url, house.operatorFile, house.admin);
      await leaveOneWaiting(house.admin);
      for (const role of ['spillway_web', 'spillway_worker'] as const) {
        await asRole(house.url(role), async (client) => {
          for (const statement of FORBIDDEN[role]) {
            await expect(client.query(statement), `${role}: ${statement}`).rejects.toMatchObject({
              code: expect.stringMatching(/^(42501|42P01)$/),
            });
          }
        });
      }
      await asRole(house.url('spillway_web'), async (client) => {
        // No error: to it, what is settled is simply not there to be deleted or changed.
        expect((await client.query('DELETE FROM spillway.submission_outcomes')).rowCount).toBe(0);
        expect((await client.query(`UPDATE spillway.submission_outcomes SET payload = '{}'`)).rowCount).toBe(
          0,
        );
        expect((await client.query(`UPDATE spillway.submission_outcomes SET status = 'dead'`)).rowCount).toBe(
          0,
        );
      });
    } finally {
      await house.stop();
    }
  });
}

async function startUnderRoles(world: World) {
  const databaseUrl = await world.postgres.createDatabase();
  const url = (role: string) => {
    const changed = new URL(databaseUrl);
    changed.username = role;
    changed.password = PASSWORD;
    return changed.href;
  };
  const admin = createDb(databaseUrl).$client;
  await admin.query(await readFile(join(SQL, 'roles.sql'), 'utf8'));
  for (const role of ['spillway_migrator', 'spillway_web', 'spillway_worker']) {
    await admin.query(`ALTER ROLE ${role} PASSWORD '${PASSWORD}'`);
  }
  const SPILLWAY_MIGRATION_URL = url('spillway_migrator');
  const queue = { SPILLWAY_QUEUE: `roles-${newId()}` };
  const operatorFile = join(dirname(world.operatorFile), 'operator-under-roles.json');
  await world.stopWorker();
  const web = await world.startWeb({
    ...queue,
    SPILLWAY_MIGRATION_URL,
    DATABASE_URL: url('spillway_web'),
    SPILLWAY_FIRST_OPERATOR_FILE: operatorFile,
    RATE_LIMIT: 'off',
  });
  const made = `SELECT FROM pg_tables WHERE tablename IN ('submission_outcomes', 'submissions')`;
  await waitFor(async () => (await admin.query(made)).rowCount === 2, { message: 'the migrations' });
  // By the owner of the tables, and twice: the second time is the update after this one.
  const grants = await readFile(join(SQL, 'grants.sql'), 'utf8');
  await asRole(SPILLWAY_MIGRATION_URL, (client) => client.query(grants + grants));
  await waitFor(() => existsSync(operatorFile), { message: 'the first operator' });
  await world.startWorker({ ...queue, DATABASE_URL: url('spillway_worker') });
  return {
    web,
    admin,
    operatorFile,
    url,
    async stop() {
      await Promise.all([web.stop(), world.stopWorker(), admin.end()]);
      await world.startWorker();
    },
  };
}

/** Accepting with Redis and without, recovery, draining, settling, dying, retrying, discarding, signing in and out. */
async function doTheWork(world: World, site: string, operatorFile: string, admin: Client): Promise<void> {
  const isProcessed = async (ids: readonly string[]) => {
    const { rowCount } = await admin.query('SELECT FROM submissions WHERE id = ANY($1::uuid[])', [ids]);
    return rowCount === ids.length;
  };
  const processed = (...ids: string[]) => waitFor(() => isProcessed(ids), { message: 'all of it processed' });

  await processed(await submit(site));
  await world.redis.kill();
  await processed(await submit(site), await submit(site));
  await world.redis.start();
  await processed(await submit(site));

  const { email, password } = JSON.parse(await readFile(operatorFile, 'utf8'));
  const signedIn = await postSignIn(site, email, password);
  const cookie = signedIn.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const call = (path: string, body?: object) => {
    const init = body && {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { cookie, origin: site, 'content-type': 'application/json' },
    };
    return fetch(`${site}/api/${path}`, init ?? { headers: { cookie } });
  };
  expect((await call('trpc/admin.overview')).status).toBe(200);
  // It may not have noticed yet that Redis is back.
  await waitFor(async () => (await call('trpc/admin.recoverNow', {})).ok, { message: 'a recovery' });
  // As if all their attempts had failed.
  const dead = [newId(), newId()];
  await admin.query(
    `INSERT INTO spillway.submission_outcomes (queue, id, form, status, attempts, generation, digest, received_at, payload)
     SELECT queue, unnest($1::uuid[]), form, 'dead', 10, 1, digest, received_at, '{}'
     FROM (SELECT * FROM spillway.submission_outcomes LIMIT 1) AS settled`,
    [dead],
  );
  const [retried = '', discarded = ''] = dead;
  const retry = await call('trpc/admin.retry', { ids: [retried] });
  expect(await retry.json()).toMatchObject({ result: { data: { ids: [retried] } } });
  const discard = await call('trpc/admin.discard', { ids: [discarded] });
  expect(await discard.json()).toMatchObject({ result: { data: { ids: [discarded] } } });
  await processed(retried);
  await operate(call, site, processed);
  expect((await call('auth/sign-out', {})).status).toBe(200);
}

/** Switches, what waits for its time, actions over many, lists, exports, users. */
async function operate(
  call: (path: string, body?: object) => Promise<Response>,
  site: string,
  processed: (...ids: string[]) => Promise<unknown>,
): Promise<void> {
  const ask = async (procedure: string, body?: object) => {
    const response = await call(`trpc/admin.${procedure}`, body);
    expect(response.status, procedure).toBe(200);
    const { result }: { result: { data: Record<string, unknown> } } = await response.json();
    return result.data;
  };
  const query = (procedure: string, input: object) =>
    ask(`${procedure}?input=${encodeURIComponent(JSON.stringify(input))}`);

  await ask('pause', { what: 'worker', paused: true });
  const ids = [await submit(site), await submit(site)];
  await ask('requeue', { ids });
  await ask('pause', { what: 'worker', paused: false });
  await processed(...ids);

  for (const action of ['retry', 'requeue', 'discard']) {
    const { operationId } = await ask('start', { action, target: { ids } });
    const isDone = async () => (await query('operation', { id: String(operationId) })).state === 'done';
    await waitFor(isDone, { message: `${action} over many` });
  }
  for (const list of ['postgres', 'redis', 'dead', 'processed']) {
    await query('list', { list });
    const exported = await call(`admin/export?list=${list}&format=ndjson`);
    expect(exported.status).toBe(200);
    await exported.text();
  }
  for (const procedure of ['settings', 'operations', 'audit', 'users.list']) await ask(procedure);

  const user = {
    email: 'second@example.com',
    name: 'Second',
    role: 'viewer',
    password: 'long enough for a test',
  };
  const { id } = await ask('users.create', user);
  await ask('users.setRole', { id, role: 'operator' });
  await ask('users.disable', { id });
  await ask('users.remove', { id });
}

/** In another queue than the worker's, so that it stays. */
async function leaveOneWaiting(admin: Client): Promise<void> {
  await admin.query(
    `INSERT INTO spillway.fallback_submissions (queue, id, form, data, digest, created_at, run_at)
     VALUES ('nobodys', '${NOTHING}', 'inbox', '{}', 'digest', now(), now())`,
  );
}

async function submit(site: string): Promise<string> {
  const response = await fetch(`${site}/api/submit`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"data":{"under":"a role"}}',
  });
  expect(response.status).toBe(202);
  const { id }: Receipt = await response.json();
  return id;
}

async function asRole(url: string, work: (client: Client) => Promise<unknown>): Promise<void> {
  const client = createDb(url).$client;
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
