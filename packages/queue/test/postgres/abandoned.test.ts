import { sql } from 'drizzle-orm';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createQueue, createWorker, migrate, NotAcceptedError } from '@spillway/queue';
import type { Queue } from '@spillway/queue';
import { startPostgres, waitFor } from '@spillway/devstack';
import type { PostgresServer } from '@spillway/devstack';
import { AbandonedStatements } from '../../src/postgres/connection/abandoned.ts';
import { openPool as openQueuePool, withConnection } from '../../src/postgres/connection/connection.ts';
import { PostgresStore } from '../../src/postgres/store.ts';
import { envelope, openPool, tables } from '../support.ts';

const ACCEPT = 2;
const WORK = 4;
const SHORT = { deadlineMs: 400, hedgeMs: { min: 20, max: 150 } };
const TABLE = 'spillway.fallback_submissions';

let postgres: PostgresServer;
let url: string;
let admin: Pool;

beforeAll(async () => {
  postgres = await startPostgres();
  url = await postgres.createDatabase();
  await migrate(url);
  admin = openPool({ connectionString: url, application_name: 'admin' });
});

afterAll(async () => {
  await admin.end();
  await postgres.stop();
});

/** Processes of Postgres that serve us. */
async function backends(waiting = false): Promise<number> {
  const { rows } = await admin.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'spillway %'
      AND (NOT $1 OR wait_event_type = 'Lock' OR wait_event = 'SyncRep')`,
    [waiting],
  );
  return rows[0]?.count ?? 0;
}

/** Enqueues, one after the other, and looks at the number of backends each time. */
async function enqueueFor(
  queue: Queue,
  tries: number,
): Promise<{ peak: number; ids: string[]; errors: NotAcceptedError[] }> {
  const errors: NotAcceptedError[] = [];
  const ids: string[] = [];
  let peak = 0;
  for (let done = 0; done < tries; done += 1) {
    await queue.enqueue({ form: 'inbox', data: done }).then(
      ({ id }) => ids.push(id),
      (error: unknown) => errors.push(error as NotAcceptedError),
    );
    peak = Math.max(peak, await backends());
  }
  return { peak, ids, errors };
}

/** Everything goes on: what is enqueued now is processed, and no statement is left behind. */
async function expectGoesOn(queue: Queue): Promise<void> {
  const { id } = await waitFor(() => queue.enqueue({ form: 'inbox', data: 'after' }).catch(() => undefined), {
    message: 'a submission to be accepted',
  });
  await waitFor(async () => (await queue.status(id)).state === 'processed', {
    message: 'it to be processed',
  });
  await waitFor(() => queue.stats().pools.accept.abandoned + queue.stats().pools.work.abandoned === 0);
}

function open(postgresOption: string | Pool = url): Queue {
  const queue = createQueue({
    postgres: postgresOption,
    acceptConnections: ACCEPT,
    workConnections: WORK,
    ...SHORT,
  });
  const worker = createWorker(queue, { batch: async () => {} }, { concurrency: 2, pollMs: 50 });
  worker.start();
  onTestFinished(async () => {
    await worker.stop();
    await queue.close();
  });
  return queue;
}

async function holdTable(): Promise<{ release: () => Promise<void> }> {
  const lock = await postgres.lockTable(url, TABLE);
  onTestFinished(() => lock.release());
  return lock;
}

/** A pool of a caller, whose connections ask Postgres for nothing. */
function plainPool(max: number): Pool {
  const pool = openPool({ connectionString: url, max, application_name: 'spillway plain' });
  onTestFinished(() => pool.end());
  return pool;
}

describe('while somebody holds the table', () => {
  it('a process has at most twice as many connections as its pools allow, and goes on afterwards', async () => {
    const queue = open();
    await queue.enqueue({ form: 'inbox', data: 'before' });
    const lock = await holdTable();
    const { peak, errors } = await enqueueFor(queue, 30);
    await lock.release();
    expect(errors).toHaveLength(30);
    expect(peak).toBeLessThanOrEqual(2 * (ACCEPT + WORK));
    await expectGoesOn(queue);
  });

  it('so has a process with a pool of its own, whose statements Postgres does not end', async () => {
    const pool = plainPool(ACCEPT + WORK);
    const queue = open(pool);
    await queue.enqueue({ form: 'inbox', data: 'before' });
    const lock = await holdTable();
    const { peak, errors } = await enqueueFor(queue, 60);
    await lock.release();
    expect(errors).toHaveLength(60);
    expect(peak).toBeLessThanOrEqual(2 * (ACCEPT + WORK));
    await expectGoesOn(queue);
  });

  it('no submission is sent beyond the limit: it is refused, and not in doubt', async () => {
    const store = new PostgresStore(plainPool(ACCEPT), tables('limit'));
    const push = () => store.push([{ envelope: envelope() }], { deadlineMs: 100 });
    const lock = await holdTable();
    const answers = [];
    for (let tries = 0; tries < ACCEPT + 3; tries += 1) answers.push(...(await push()).answers);
    expect(answers).toEqual([
      ...Array.from({ length: ACCEPT }, () => 'unknown'),
      'refused',
      'refused',
      'refused',
    ]);
    expect(await backends(true)).toBe(ACCEPT);
    await lock.release();
    await waitFor(async () => (await push()).answers[0] === 'stored');
  });

  it('nor is one that has waited for a connection while others were given up', async () => {
    const store = new PostgresStore(plainPool(1), tables('queued'));
    const push = (deadlineMs: number) => store.push([{ envelope: envelope() }], { deadlineMs });
    // So that the first one has its connection at once.
    await push(10_000);
    const lock = await holdTable();
    const results = await Promise.all([push(500), push(10_000), push(10_000)]);
    expect(results.flatMap(({ answers }) => answers)).toEqual(['unknown', 'refused', 'refused']);
    expect(await backends(true)).toBe(1);
    await lock.release();
  });

  it('no second probe is sent beside one that still waits', async () => {
    const pool = plainPool(10);
    const store = new PostgresStore(pool, tables('probe'));
    const lock = await holdTable();
    await expect(store.probe(100)).rejects.toThrow('No answer within');
    for (let tries = 0; tries < 3; tries += 1)
      await expect(store.probe(100)).rejects.toThrow('still wait in Postgres');
    expect(AbandonedStatements.of(pool).count).toBe(1);
    expect(await backends(true)).toBe(1);
    await lock.release();
    await waitFor(() =>
      store.probe(1_000).then(
        () => true,
        () => false,
      ),
    );
  });

  it('Postgres itself ends what a pool of ours has given up, and says that nothing was stored', async () => {
    const queue = createQueue({ postgres: url, ...SHORT });
    onTestFinished(() => queue.close());
    await queue.enqueue({ form: 'inbox', data: 'before' });
    const lock = await holdTable();
    const error = await queue.enqueue({ form: 'inbox', data: 1 }).catch((failed: unknown) => failed);
    expect(error).toBeInstanceOf(NotAcceptedError);
    expect(error).toMatchObject({ indeterminate: false });
    await waitFor(async () => (await backends(true)) === 0, { message: 'Postgres to end the statements' });
    await lock.release();
  });
});

describe('while a synchronous standby is away', () => {
  it('nothing is acknowledged, a process has a bounded number of connections, and what was in doubt is there afterwards', async () => {
    const queue = open();
    await queue.enqueue({ form: 'inbox', data: 'before' });
    await admin.query(`ALTER SYSTEM SET synchronous_standby_names = 'no_such_standby'`);
    await admin.query('SELECT pg_reload_conf()');
    await waitFor(
      async () =>
        (await admin.query('SHOW synchronous_standby_names')).rows[0].synchronous_standby_names ===
        'no_such_standby',
    );
    const { peak, ids, errors } = await enqueueFor(queue, 40);
    await admin.query('ALTER SYSTEM RESET synchronous_standby_names');
    await admin.query('SELECT pg_reload_conf()');
    expect(ids).toEqual([]);
    expect(peak).toBeLessThanOrEqual(2 * (ACCEPT + WORK));
    await expectGoesOn(queue);
    const doubtful = errors.filter(({ indeterminate }) => indeterminate).map(({ id }) => id);
    expect(doubtful.length).toBeGreaterThan(0);
    expect(errors.length).toBeGreaterThan(doubtful.length);
    for (const id of doubtful)
      await waitFor(async () => (await queue.status(id)).state === 'processed', {
        message: `${id} to be processed`,
      });
  });
});

describe('a pool of ours', () => {
  /** As for workers: without a limit for locks, which would hold for handlers too. */
  const openOurs = () => {
    const ours = openQueuePool(url, { max: 1, name: 'spillway ours', onError: () => {} });
    onTestFinished(() => ours.close());
    return ours.pool;
  };
  const count = sql.raw(`SELECT count(*) FROM ${TABLE}`);

  it('works while nothing is locked', async () => {
    const { rows } = await withConnection(openOurs(), 10_000, (db) => db.execute(count));
    expect(rows).toHaveLength(1);
  });

  it('leaves no statement behind that waits for a lock', async () => {
    const pool = openOurs();
    const lock = await holdTable();
    await expect(withConnection(pool, 200, (db) => db.execute(count))).rejects.toThrow('No answer within');
    expect(AbandonedStatements.of(pool).count).toBe(1);
    await waitFor(async () => (await backends(true)) === 0, { timeoutMs: 10_000, message: 'it to end' });
    await lock.release();
  });

  it('asks for no more than its URL says', async () => {
    const pool = openQueuePool(`${url}?options=${encodeURIComponent('-c lock_timeout=7s')}`, {
      max: 1,
      name: 'spillway ours',
      onError: () => {},
      lockTimeoutMs: 100,
    });
    onTestFinished(() => pool.close());
    const { rows } = await withConnection(pool.pool, 10_000, (db) => db.execute(sql`SHOW lock_timeout`));
    expect(rows).toEqual([{ lock_timeout: '7s' }]);
  });
});
