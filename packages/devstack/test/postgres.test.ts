import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type PostgresServer, startPostgres, waitFor } from '../src/index.ts';
import { identify } from '../src/process.ts';
import { isSilent, sqlClient, temporaryFolder } from './helpers.ts';

describe('a running Postgres', () => {
  let postgres: PostgresServer;
  let url: string;

  beforeAll(async () => {
    postgres = await startPostgres({ settings: { max_connections: '12' } });
    url = await postgres.createDatabase();
    const client = new Client(url);
    await client.connect();
    await client.query('CREATE TABLE notes (text text)');
    await client.end();
  });
  afterAll(() => postgres.stop());

  test('keeps what it commits, and demands its password', async () => {
    const client = await sqlClient(url);
    const { rows } = await client.query(
      `SELECT current_setting('fsync') AS fsync, current_setting('full_page_writes') AS pages,
              current_setting('synchronous_commit') AS commit, current_setting('server_encoding') AS encoding`,
    );
    expect(rows[0]).toEqual({ fsync: 'on', pages: 'on', commit: 'on', encoding: 'UTF8' });
    await expect(sqlClient(url.replace(/:[^:@]+@/, ':wrong@'))).rejects.toMatchObject({
      code: '28P01',
    });
  });

  test('a killed one has every committed row after the next start, and no uncommitted one', async () => {
    const client = await sqlClient(url);
    await client.query(`INSERT INTO notes VALUES ('kept')`);
    await client.query('BEGIN');
    await client.query(`INSERT INTO notes VALUES ('open')`);
    const { rows: backends } = await client.query<{ pid: number }>('SELECT pid FROM pg_stat_activity');
    await postgres.kill();
    expect([postgres.pid, ...backends.map((row) => row.pid)].map(identify)).not.toContainEqual(
      expect.anything(),
    );
    await postgres.start();
    const { rows } = await (await sqlClient(url)).query('SELECT text FROM notes');
    expect(rows).toEqual([{ text: 'kept' }]);
  });

  test('a frozen one answers nothing, and continues where it was', async () => {
    const client = await sqlClient(url);
    await postgres.freeze();
    expect(await isSilent(client.query('SELECT 1'))).toBe(true);
    await postgres.resume();
    await expect((await sqlClient(url)).query('SELECT 1')).resolves.toMatchObject({ rowCount: 1 });
  });

  test('a frozen one can be stopped, and started again with its data', async () => {
    await postgres.freeze();
    await postgres.stop();
    await postgres.stop();
    expect(identify(postgres.pid)).toBeUndefined();
    await postgres.start();
    await postgres.start();
    await expect((await sqlClient(url)).query('SELECT * FROM notes')).resolves.toMatchObject({ rowCount: 1 });
  });

  test('a read-only one refuses writes of old and new sessions with 25006, until it is writable again', async () => {
    const old = await sqlClient(url);
    await postgres.setReadOnly(true);
    const insert = `INSERT INTO notes VALUES ('refused')`;
    await expect(old.query(insert)).rejects.toMatchObject({ code: '25006' });
    await expect((await sqlClient(url)).query(insert)).rejects.toMatchObject({ code: '25006' });
    await postgres.setReadOnly(false);
    await expect(old.query(insert)).resolves.toMatchObject({ rowCount: 1 });
  });

  test('a transaction under way when it becomes read-only does not commit', async () => {
    const client = await sqlClient(url);
    await client.query('BEGIN');
    await client.query(`INSERT INTO notes VALUES ('half')`);
    await postgres.setReadOnly(true);
    await expect(client.query('COMMIT')).rejects.toThrow();
    await postgres.setReadOnly(false);
    const { rows } = await (await sqlClient(url)).query(`SELECT 1 FROM notes WHERE text = 'half'`);
    expect(rows).toEqual([]);
  });

  test('terminated backends take their connections with them; new ones are served', async () => {
    const client = await sqlClient(url);
    const ended = new Promise<{ code?: string }>((resolve) => client.once('error', resolve));
    await postgres.terminateBackends();
    expect((await ended).code).toBe('57P01');
    await expect((await sqlClient(url)).query('SELECT 1')).resolves.toBeDefined();
  });

  test('with all connections taken, clients get 53300 until they are released', async () => {
    const hold = await postgres.fillConnections();
    await expect(sqlClient(url)).rejects.toMatchObject({ code: '53300' });
    await hold.release();
    await waitFor(() => sqlClient(url));
  });

  test('a locked table lets statements wait, until it is released', async () => {
    const lock = await postgres.lockTable(url, 'public.notes');
    const client = await sqlClient(url);
    await client.query(`SET lock_timeout = '50ms'`);
    await expect(client.query('SELECT * FROM notes')).rejects.toMatchObject({ code: '55P03' });
    await lock.release();
    await expect(client.query('SELECT * FROM notes')).resolves.toBeDefined();
  });
});

describe('a data folder', () => {
  test('survives its server, and a stale pid file does not stop the next one', async () => {
    const dataDir = join(await temporaryFolder(), 'postgres');
    const first = await startPostgres({ dataDir });
    const path = (url: string) => new URL(url).pathname;
    const database = path(await first.createDatabase('kept'));
    const pidFile = await readFile(join(dataDir, 'data', 'postmaster.pid'), 'utf8');
    await first.kill();
    await writeFile(join(dataDir, 'data', 'postmaster.pid'), pidFile.replace(/^\d+/, String(process.pid)));
    await writeFile(join(dataDir, 'lock'), 'half a lo');
    const second = await startPostgres({ dataDir });
    onTestFinished(() => second.stop());
    const client = await sqlClient(Object.assign(new URL(second.url), { pathname: database }).href);
    await expect(client.query('SELECT 1')).resolves.toBeDefined();
  });

  test('serves one server at a time; the error of the second one names the process that uses it', async () => {
    const dataDir = join(await temporaryFolder(), 'postgres');
    const starts = await Promise.allSettled([startPostgres({ dataDir }), startPostgres({ dataDir })]);
    const servers = starts.filter((start) => start.status === 'fulfilled').map((start) => start.value);
    onTestFinished(async () => {
      await Promise.all(servers.map((server) => server.stop()));
    });
    expect(servers).toHaveLength(1);
    const refusal = starts.find((start) => start.status === 'rejected');
    expect(refusal?.reason).toMatchObject({ message: expect.stringContaining(`process ${process.pid}`) });
    await servers[0]?.stop();
    const next = await startPostgres({ dataDir });
    await next.stop();
  });

  test('may be in a folder that only this user can enter', async () => {
    const closed = await mkdtemp(join(tmpdir(), 'spillway-closed-'));
    onTestFinished(() => rm(closed, { recursive: true, force: true }));
    await chmod(closed, 0o700);
    await mkdir(join(closed, 'home'));
    const postgres = await startPostgres({ dataDir: join(closed, 'home', 'postgres') });
    const { pid } = postgres;
    await postgres.kill();
    await postgres.start();
    expect(postgres.pid).not.toBe(pid);
    await postgres.stop();
  });

  test('with settings that the server refuses is an error with the server’s own message', async () => {
    await expect(startPostgres({ settings: { no_such_setting: '1' } })).rejects.toThrow(/no_such_setting/);
  });
});
