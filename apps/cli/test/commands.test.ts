import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDb, insertSubmissions, submissions } from '@spillway/db';
import { freePort, startPostgres, startRedis, waitFor } from '@spillway/devstack';
import type { PostgresServer, RedisServer } from '@spillway/devstack';
import { createQueue, createWorker, newId } from '@spillway/queue';
import type { Queue } from '@spillway/queue';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { checkNode } from '../src/errors.ts';
import { build, run, start } from './command.ts';
import type { Environment } from './command.ts';

let postgres: PostgresServer;
let redis: RedisServer;
let env: Environment;
let queue: Queue;

beforeAll(async () => {
  [postgres, redis] = await Promise.all([startPostgres(), startRedis(), build()]);
  env = { DATABASE_URL: await postgres.createDatabase(), REDIS_URL: redis.url };
  queue = createQueue({ postgres: env['DATABASE_URL'] ?? '', redis: redis.url });
});

afterAll(async () => {
  await queue?.close();
  await Promise.all([postgres?.stop(), redis?.stop()]);
});

const spillway = (...args: string[]) => run(env, args);

async function json(...args: string[]) {
  const { stdout, code, stderr } = await spillway(...args, '--json');
  expect(stderr, 'nothing went wrong').toBe('');
  return { code, document: JSON.parse(stdout) };
}

// In this order: the tables are made by the first.

describe('migrate', () => {
  it('a missing table is an error that says to run it', async () => {
    const { code, stdout } = await spillway('doctor');
    expect(code).toBe(4);
    expect(stdout).toContain('tables: missing');
    expect(stdout).toContain('spillway migrate');
  });

  it('creates the tables, and does nothing the next time', async () => {
    expect(await spillway('migrate')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('up to date'),
    });
    expect((await json('migrate')).document).toMatchObject({ migrated: true });
  });
});

describe('a command with wrong arguments', () => {
  it.each([
    [['staus'], 'Did you mean status?'],
    [['status', '--jsn'], 'Did you mean --json?'],
    [['show'], "missing required argument 'id'"],
    [['backlog', '--older-than', 'long'], 'Use a form like 90s, 5m, 2h or 3d.'],
    [['backlog', '--limit', '0'], 'from 1 to 10000'],
    [['load', '--url', 'ftp://nowhere'], 'http://host:3000'],
    [['retry'], 'Give ids'],
    [['retry', 'x', '--form', 'contact'], 'with --all, not with ids'],
    [['user', 'ad'], 'Did you mean add?'],
    [['user', 'add', 'nobody'], 'name@example.org'],
    [['backlog', '--cursor', 'zz'], 'from the end of a page'],
  ])('%j says so, does nothing and exits with 2', async (args, words) => {
    const { code, stdout, stderr } = await spillway(...args);
    expect(stderr).toContain(words);
    expect([code, stdout]).toEqual([2, '']);
  });

  it('without the address of Postgres names the variable', async () => {
    const { code, stderr } = await run({}, ['status']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('DATABASE_URL')]);
  });

  it('does not print the password of an invalid URL', async () => {
    const { code, stderr } = await run({ DATABASE_URL: 'mysql://me:hidden@host/db' }, ['status']);
    expect(code).toBe(2);
    expect(stderr).toContain('DATABASE_URL: a URL like postgres://');
    expect(stderr).not.toContain('hidden');
  });

  it('also rejects an invalid queue name', async () => {
    const { code, stderr } = await run({ ...env, SPILLWAY_QUEUE: 'No Such' }, ['status']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('"No Such"')]);
  });

  it.each([[['retry']], [['backlog', '--limit', '0']]])(
    '%j reports the error to scripts as a JSON document',
    async (args) => {
      const { code, stdout } = await spillway(...args, '--json');
      expect([code, JSON.parse(stdout)]).toEqual([2, { error: expect.stringMatching(/^(Give ids|option)/) }]);
    },
  );

  it('with a Node that is too old names the version that is needed', () => {
    expect(() => checkNode('22.23.3')).toThrow('Node 24');
    expect(() => checkNode('24.0.0')).not.toThrow();
  });

  it('prints its help in any environment', async () => {
    expect((await run({ DATABASE_URL: 'mysql://host/db' }, ['status', '--help'])).code).toBe(0);
  });
});

describe('help', () => {
  it('lists every command, and each one has an example', async () => {
    const { code, stdout } = await spillway('--help');
    expect(code).toBe(0);
    const names = [...stdout.matchAll(/^ {2}([a-z]+) .*/gm)].map(([, name = '']) => name);
    expect(names).toEqual(expect.arrayContaining(['status', 'doctor', 'load']));
    const own = names.filter((name) => !['complete', 'help', 'user'].includes(name)).map((name) => [name]);
    for (const page of await Promise.all(
      [...own, ['user', 'add']].map((name) => spillway(...name, '--help')),
    ))
      expect(page.stdout).toContain('$ spillway ');
  });
});

describe('REDIS_URL', () => {
  it('accepts the values that web and worker accept, and none', async () => {
    const port = await freePort();
    const away = `redis+sentinel://127.0.0.1:${port}/group`;
    expect(await run({ ...env, REDIS_URL: away }, ['status'])).toMatchObject({ code: 0, stderr: '' });
    const without = await run({ ...env, REDIS_URL: 'none' }, ['status', '--json']);
    expect(JSON.parse(without.stdout)).toMatchObject({ redis: { state: 'absent' } });
    const wrong = await run({ ...env, REDIS_URL: 'http://host' }, ['status']);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('redis+cluster://')]);
  });
});

describe('completion', () => {
  it('exists for each shell, and completes commands, options and their choices', async () => {
    expect((await spillway('complete', 'bash')).stdout).toContain('spillway');
    expect((await spillway('complete', '--', 'st')).stdout).toContain('status');
    expect((await spillway('complete', '--', 'backlog', '--in', '')).stdout).toMatch(/postgres[^]*redis/);
  });
});

describe('status', () => {
  it('prints the state in one line, and what each store holds', async () => {
    const { code, stdout, stderr } = await spillway('status');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.split('\n', 1)[0]).toBe('No worker is running.');
    expect(stdout).toMatch(/^Redis +up +disk/m);
    expect(stdout).toMatch(/^Postgres +up +disk/m);
    // oxlint-disable-next-line no-control-regex -- no colours where there is no terminal
    expect(stdout).not.toMatch(/\u001b/);
  });

  it('is one JSON document for scripts', async () => {
    expect((await json('status')).document).toMatchObject({
      queue: 'default',
      accepting: 'redis',
      postgres: { state: 'up' },
    });
  });

  it('prints a line for each change with --watch, until it is interrupted', async () => {
    const watching = start(env, ['status', '--watch', '--json']);
    const lines = () =>
      watching
        .stdout()
        .split('\n')
        .filter((line) => line !== '');
    await waitFor(async () => lines().length > 0);
    await queue.enqueue({ form: 'inbox', data: {} });
    await waitFor(async () => lines().some((line) => JSON.parse(line).redis.depth?.ready === 1));
    watching.child.kill('SIGINT');
    expect(await watching.ended).toMatchObject({ code: 0 });
  });
});

describe('backlog, dead and show', () => {
  it('list waiting submissions, filtered, with the command for the next page', async () => {
    const form = 'listed';
    const lonely = createQueue({ postgres: env['DATABASE_URL'] ?? '' });
    onTestFinished(() => lonely.close());
    for (let n = 0; n < 3; n += 1) await lonely.enqueue({ form, data: { n } });
    const { stdout } = await spillway('backlog', '--form', form, '--limit', '2');
    expect(stdout).toMatch(/2 of 3 submissions\. More: spillway backlog … --cursor \S+/);
    const { document } = await json('backlog', '--form', form);
    expect(document.rows).toHaveLength(3);
    const [, , cursor = ''] = /(--cursor) (\S+)/.exec(stdout) ?? [];
    expect((await json('backlog', '--form', form, '--cursor', cursor)).document.rows).toHaveLength(1);
    expect((await json('backlog', '--in', 'redis')).document.list).toBe('redis');
  });

  it('show everything about a submission, and no content controls the terminal', async () => {
    const { id } = await queue.enqueue({ form: 'inbox', data: { text: 'red \u001b[31m\u009b2J' } });
    const { stdout } = await spillway('show', id);
    expect(stdout).toContain(id);
    expect(stdout).toContain('"text"');
    // oxlint-disable-next-line no-control-regex -- these are what a terminal obeys
    expect(stdout).not.toMatch(/[\u001b\u009b]/);
    expect((await json('show', id)).document).toMatchObject({ id, state: 'waiting' });
  });

  it('list all submissions with a reference, page by page, and show it if there is only one', async () => {
    const lonely = createQueue({ postgres: env['DATABASE_URL'] ?? '' });
    onTestFinished(() => lonely.close());
    const first = newId();
    const reference = `${first.slice(0, 8)}${first.slice(-12)}`.toUpperCase();
    await lonely.enqueue({ id: first, form: 'inbox', data: { n: 1 } });
    const { document } = await json('show', reference);
    expect(document).toMatchObject({ id: first, state: 'waiting' });
    const copyOf = (n: number) => `${first.slice(0, 19)}8${String(n).padStart(3, '0')}${first.slice(23)}`;
    for (let n = 0; n < 60; n += 1) await lonely.enqueue({ id: copyOf(n), form: 'inbox', data: { n } });
    const { stdout } = await spillway('show', reference);
    expect(stdout.split('\n')[1]).toContain(first);
    expect(stdout).toMatch(/50 submissions with this reference.* More: spillway show \S+ --cursor \S+/);
    const cursor = /--cursor (\S+)/.exec(stdout)?.[1] ?? '';
    expect((await json('show', reference, '--cursor', cursor)).document.rows).toHaveLength(11);
  });

  it('say that an id is unknown, and exit with 1', async () => {
    const { code, stderr } = await spillway('show', newId());
    expect([code, stderr]).toEqual([1, expect.stringContaining('No store')]);
  });
});

/** Submissions that failed for good, on a queue of their own, which the commands then see until `onDefault`. */
async function deadOnes(form: string, number: number): Promise<string[]> {
  const name = `dead-${newId().slice(-12)}`;
  const own = createQueue({ name, postgres: env['DATABASE_URL'] ?? '' });
  const worker = createWorker(
    own,
    { batch: async () => Promise.reject(new Error('refused by \u001b[31mits own handler')) },
    { maxAttempts: 1 },
  );
  worker.start();
  const ids: string[] = [];
  for (let n = 0; n < number; n += 1) ids.push((await own.enqueue({ form, data: { n } })).id);
  await waitFor(async () => (await own.inspect.overview()).outcomes?.dead === number);
  await worker.stop();
  await own.close();
  env = { ...env, SPILLWAY_QUEUE: name };
  return ids;
}
function onDefault(): void {
  const { SPILLWAY_QUEUE: _, ...rest } = env;
  env = rest;
}

describe('retry and discard', () => {
  it('make dead submissions wait again, and say how many could not', async () => {
    const [one = '', two = ''] = await deadOnes('inbox', 2);
    onTestFinished(onDefault);
    const { stdout } = await spillway('dead');
    expect(stdout).toContain('refused by');
    // oxlint-disable-next-line no-control-regex -- these are what a terminal obeys
    expect(stdout).not.toMatch(/\u001b/);
    expect(await json('retry', one)).toEqual({ code: 0, document: { asked: 1, ids: [one] } });
    const again = await spillway('retry', one, two);
    expect(again).toMatchObject({ code: 1, stdout: expect.stringContaining('1 skipped') });
    expect((await json('show', one)).document).toMatchObject({ state: 'waiting', generation: 2 });
  });

  it('discard nothing before the operator confirms', async () => {
    const [id = ''] = await deadOnes('inbox', 1);
    onTestFinished(onDefault);
    const refused = await spillway('discard', id);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') });
    expect((await json('show', id)).document.state).toBe('failed');
    expect(await run(env, ['discard', '-', '--yes'], `${id}\n`)).toMatchObject({ code: 0 });
    expect((await json('show', id)).document.state).toBe('discarded');
  });
});

describe('retry and discard of all that match', () => {
  it('say how many match, ask, and run one operation, which the audit log records with the operator’s name', async () => {
    const ids = await deadOnes('contact', 3);
    onTestFinished(onDefault);
    expect((await json('retry', '--all', '--dry-run')).document).toEqual({ count: 3, capped: false });
    const asked = await spillway('retry', '--all');
    expect(asked).toMatchObject({ code: 2, stderr: expect.stringContaining('3 submissions.') });
    const { document } = await json('retry', '--all', '--form', 'contact', '--yes');
    expect(document).toMatchObject({
      action: 'retry',
      state: 'done',
      done: 3,
      by: expect.stringMatching(/^cli:/),
    });
    expect((await json('show', ids[0] ?? '')).document).toMatchObject({
      state: 'waiting',
      timeline: expect.arrayContaining([
        expect.objectContaining({ what: 'operator-retry', by: document.by }),
      ]),
    });
    expect(await spillway('discard', '--all', '--in', 'postgres', '--yes')).toMatchObject({
      code: 0,
      stdout: '3 submissions discarded.\n',
    });
  });

  it('do nothing where nothing matches', async () => {
    expect(await spillway('discard', '--all', '--search', 'nobody wrote this', '--yes')).toMatchObject({
      code: 0,
      stdout: '0 submissions match; nothing was done.\n',
    });
  });
});

describe('export', () => {
  it('writes all matching submissions with their data, and no formula', async () => {
    const form = 'exported';
    const lonely = createQueue({ postgres: env['DATABASE_URL'] ?? '' });
    onTestFinished(() => lonely.close());
    for (let n = 0; n < 120; n += 1) await lonely.enqueue({ form, data: { n, text: '=1+1' } });
    const { code, stdout, stderr } = await spillway('export', '--in', 'postgres', '--form', form, '--json');
    expect([code, stderr]).toEqual([0, '']);
    const rows = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rows).toHaveLength(120);
    expect(rows[7].data).toEqual({ n: 7, text: '=1+1' });
    const csv = await spillway('export', '--in', 'postgres', '--form', form);
    expect(csv.stdout).toMatch(/^id,form,/);
  });

  it('writes a file that only its owner may read, and never overwrites a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'spillway-cli-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, 'dead.csv');
    expect(await spillway('export', '--in', 'dead', '-o', file)).toMatchObject({ code: 0, stdout: '' });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await spillway('export', '--in', 'dead', '-o', file)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('EEXIST'),
    });
  });

  it('leaves no file behind when it fails', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'spillway-cli-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const away = { DATABASE_URL: `postgres://127.0.0.1:${await freePort()}/none` };
    const { code } = await run(away, ['export', '--in', 'dead', '-o', join(folder, 'dead.csv')]);
    expect([code, await readdir(folder)]).toEqual([1, []]);
  });
});

describe('user add', () => {
  it('creates a user, with a password that is shown once or was given', async () => {
    const { document } = await json('user', 'add', 'ada@example.org', '--role', 'operator');
    expect(document).toMatchObject({
      email: 'ada@example.org',
      name: 'ada',
      role: 'operator',
      hasPassword: true,
    });
    expect(document.password.length).toBeGreaterThanOrEqual(20);
    const own = await run(
      env,
      ['user', 'add', 'grace@example.org', '--password-stdin'],
      'a long enough secret\n',
    );
    expect(own).toMatchObject({ code: 0, stdout: 'grace@example.org can sign in as viewer.\n' });
  });

  it('says why a user cannot be created', async () => {
    await spillway('user', 'add', 'twice@example.org');
    expect(await spillway('user', 'add', 'twice@example.org')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('already'),
    });
    expect(await run(env, ['user', 'add', 'eve@example.org', '--password-stdin'], 'short')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('password'),
    });
    const guessable = await run(env, ['user', 'add', 'eve@example.org', '--password-stdin'], 'aaaaaaaaaaaa');
    expect(guessable).toMatchObject({ code: 2, stderr: expect.stringContaining('easy to guess') });
  });
});

describe('load', () => {
  it('sends the given number of real submissions, and prints rate and percentiles', async () => {
    const { code, stdout, stderr } = await spillway('load', '--count', '200', '--form', 'loaded', '--json');
    expect(code).toBe(0);
    expect(stderr).toContain('Sending to the queue default');
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ accepted: 200, refused: 0 });
    expect(report.ms.p50).toBeGreaterThan(0);
    expect(report.ms.p99).toBeGreaterThanOrEqual(report.ms.p50);
    const worker = createWorker(queue, {
      batch: (rows, tx) =>
        insertSubmissions(
          tx,
          rows.map(({ attempt: attempts, ...row }) => ({ ...row, attempts })),
        ),
    });
    worker.start();
    const db = createDb(env['DATABASE_URL'] ?? '');
    onTestFinished(async () => {
      await worker.stop();
      await db.$client.end();
    });
    await waitFor(
      async () =>
        (await db.select().from(submissions)).filter(({ form }) => form === 'loaded').length === 200,
    );
  });

  it('keeps to the rate, and ends when the time is over', async () => {
    const { stdout } = await spillway('load', '--seconds', '1', '--rate', '50', '--json');
    expect(JSON.parse(stdout).accepted).toBeGreaterThan(0);
    expect(JSON.parse(stdout).accepted).toBeLessThanOrEqual(51);
  });

  it('prints why a site refused', async () => {
    const { code, stdout } = await run({}, [
      'load',
      '--url',
      `http://127.0.0.1:${await freePort()}`,
      '--count',
      '3',
    ]);
    expect([code, stdout]).toEqual([1, expect.stringMatching(/3 refused:\n +3 .*ECONNREFUSED/)]);
  });

  it('sends to a site below a path', async () => {
    const site = createServer((request, response) => {
      response.writeHead(request.url === '/forms/api/submit' ? 202 : 404).end('{"via":"redis"}');
    });
    await once(site.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void site.close());
    const { port } = site.address() as AddressInfo;
    const { code } = await run({}, ['load', '--url', `http://127.0.0.1:${port}/forms/`, '--count', '3']);
    expect(code).toBe(0);
  });

  it('prints its results when it is interrupted', async () => {
    const loading = start(env, ['load', '--seconds', '60', '--rate', '20', '--json']);
    await waitFor(async () => (await queue.inspect.overview()).redis.depth !== undefined);
    loading.child.stderr.once('data', () => loading.child.kill('SIGINT'));
    const { code, stdout } = await loading.ended;
    expect(code).toBe(130);
    expect(JSON.parse(stdout)).toHaveProperty('accepted');
  });
});

describe('doctor', () => {
  it('finds nothing to correct in the stores of npm start', async () => {
    const { code, document } = await json('doctor');
    expect([code, document.worst]).toEqual([0, 'notice']);
  });

  it('warns of a Redis with its default settings, and exits with 3; with 4 if that Redis acknowledges', async () => {
    await redis.config({ appendonly: 'no', appendfsync: 'everysec' });
    onTestFinished(() => redis.config({ appendonly: 'yes', appendfsync: 'always' }));
    const { code, stdout } = await spillway('doctor');
    expect(code).toBe(3);
    expect(stdout).toMatch(
      /warning +Redis appendonly: no\n +A crash of Redis loses everything that it holds/,
    );
    expect(stdout).toContain('→ CONFIG SET appendonly yes');
    expect((await run({ ...env, SPILLWAY_PRIMARY: 'redis' }, ['doctor'])).code).toBe(4);
  });
});

describe('while Redis is away', () => {
  it('every command does what it can, and names the store that is away', async () => {
    await redis.kill();
    onTestFinished(() => redis.start());
    const status = await spillway('status');
    expect(status.code).toBe(0);
    expect(status.stdout.split('\n', 1)[0]).toContain('Redis is away.');
    expect(status.stdout).toContain('ECONNREFUSED');
    expect(await spillway('backlog')).toMatchObject({ code: 0 });
    expect(await spillway('doctor')).toMatchObject({
      code: 3,
      stdout: expect.stringContaining('Redis connection'),
    });
    const recovered = await spillway('recover');
    expect(recovered).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/redis cannot be reached[^]*ECONNREFUSED/),
    });
  });

  it('recover pushes the submissions that wait in Postgres when Redis is back', async () => {
    const { document } = await json('recover');
    expect(document).toMatchObject({ more: false });
    expect((await spillway('recover')).stdout).toContain('Redis already holds every waiting submission.');
  });
});

describe('while Postgres is away', () => {
  it.each(['killed', 'frozen'])(
    '%s: status, doctor and show do what they can, the others say why not',
    async (how) => {
      await waitFor(() => queue.health().redis.state === 'up');
      const { id } = await queue.enqueue({ form: 'inbox', data: {}, at: new Date(Date.now() + 60_000) });
      await waitFor(async () => (await queue.status(id)).heldBy.includes('redis'));
      await (how === 'killed' ? postgres.kill() : postgres.freeze());
      onTestFinished(() => (how === 'killed' ? postgres.start() : postgres.resume()));
      const [status, doctor, show, dead] = await Promise.all([
        spillway('status'),
        spillway('doctor'),
        spillway('show', id),
        spillway('dead'),
      ]);
      expect(status.code).toBe(0);
      expect(status.stdout.split('\n', 1)[0]).toContain('Postgres is away');
      expect(doctor).toMatchObject({ code: 4, stdout: expect.stringContaining('Postgres connection') });
      expect(show).toMatchObject({ code: 0, stdout: expect.stringContaining(id) });
      expect(dead).toMatchObject({ code: 1, stderr: expect.stringContaining('postgres cannot be reached') });
    },
  );
});
