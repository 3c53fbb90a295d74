import { waitFor } from '@spillway/devstack';
import { createQueue, InvalidOptionsError, newId } from '@spillway/queue';
import type { ListQuery, ListRow, Queue } from '@spillway/queue';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { freshDatabase, openPool, openQueue, startStores } from '../support.ts';
import type { Stack } from '../support.ts';

const HOUR_MS = 60 * 60 * 1_000;
const ROWS = 100_000;
/** Where counting for a page ends. */
const COUNTED = 10_000;

let stack: Stack;
let url: string;
let pool: pg.Pool;
/** Over 100,000 rows; nobody works on them. */
let full: Queue;
let someId = '';

beforeAll(async () => {
  stack = await startStores();
  url = await freshDatabase(stack);
  // One connection, so that what its session has read can be counted.
  pool = openPool({ connectionString: url, max: 1 });
  full = createQueue({ postgres: pool, name: 'full' });
  await pool.query(`
    INSERT INTO spillway.fallback_submissions (queue, id, form, data, digest, created_at, run_at, attempts, reason)
    SELECT 'full', gen_random_uuid(), CASE WHEN n % 50000 = 0 THEN 'contact' ELSE 'inbox' END,
      '{"n":' || n || ',"text":"' || repeat('lorem ipsum ', 20) || CASE WHEN n % 30000 = 0 THEN 'Zürich 100%' ELSE '' END || '"}',
      md5(n::text), now() - n * interval '1 s', now() - n * interval '1 s', n % 3, 'redis_down'
    FROM generate_series(1, ${ROWS}) n`);
  await pool.query(`
    INSERT INTO spillway.submission_outcomes (queue, id, form, status, attempts, generation, digest, received_at, settled_at, error, payload)
    SELECT 'full', gen_random_uuid(), 'inbox', CASE WHEN n % 3 = 0 THEN 'dead' WHEN n % 3 = 1 THEN 'done' ELSE 'discarded' END, n % 5, 1,
      md5(n::text), now() - interval '1 h', now() - n * interval '1 ms', CASE WHEN n % 3 = 0 THEN 'printer ' || n END,
      CASE WHEN n % 3 <> 1 THEN '{"n":' || n || '}' END
    FROM generate_series(1, 3000) n`);
  const { rows } = await pool.query<{ id: string }>(
    `SELECT id FROM spillway.fallback_submissions WHERE queue = 'full' ORDER BY run_at DESC LIMIT 1`,
  );
  someId = rows[0]?.id ?? '';
});

afterAll(async () => {
  await full.close();
  await pool.end();
  await stack[Symbol.asyncDispose]();
});

/** Rows and entries of indexes that the queue's session has read of the table so far. */
async function rowsRead(): Promise<number> {
  await pool.query('SELECT pg_stat_force_next_flush()');
  const { rows } = await pool.query<{ read: number }>(`
    SELECT seq_tup_read::int + (SELECT sum(idx_tup_read)::int FROM pg_stat_user_indexes WHERE relname = 'fallback_submissions') AS read
    FROM pg_stat_user_tables WHERE relname = 'fallback_submissions'`);
  return rows[0]?.read ?? Number.NaN;
}

/** Every row of a list, page by page. */
async function all(queue: Queue, query: ListQuery): Promise<ListRow[]> {
  const rows: ListRow[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < 1_000; pages += 1) {
    const page = await queue.inspect.list({ ...query, ...(cursor !== undefined && { cursor }) });
    rows.push(...page.rows);
    cursor = page.nextCursor;
    if (cursor === undefined) return rows;
  }
  throw new Error('the pages do not end');
}

describe('100,000 waiting submissions in Postgres', () => {
  it('are listed page by page, and a page reads no more of them than it counts', async () => {
    // Counting ends after a while; where the machine is busy, the page comes without its count.
    const listed = async () => {
      const readBefore = await rowsRead();
      const page = await full.inspect.list({ list: 'postgres' });
      return page.matching === undefined ? undefined : { page, read: (await rowsRead()) - readBefore };
    };
    const { page, read } = await waitFor(listed, { message: 'a page with its count' });
    expect(page).toMatchObject({ matching: COUNTED, capped: true, timedOut: false });
    expect(page.rows).toHaveLength(50);
    expect(read).toBeGreaterThanOrEqual(COUNTED);
    expect(read).toBeLessThan(1.1 * COUNTED);
  });

  it.each([{ form: 'nothing-has-it' }, { search: 'nobody wrote this' }, { minAttempts: 100 }])(
    'are searched for %j no longer than the time limit',
    async (filter) => {
      const own = createQueue({ postgres: url, name: 'full' });
      onTestFinished(() => own.close());
      const lock = await stack.postgres.lockTable(url, 'spillway.fallback_submissions');
      onTestFinished(() => lock.release());
      // Nothing can be read before the lock is released, so the limit is what ends this.
      const page = await own.inspect.list({ list: 'postgres', filter });
      expect(page).toMatchObject({ rows: [], timedOut: true });
    },
  );

  it('are all searched if nothing matches', async () => {
    const filter = { form: 'nothing-has-it' };
    const looked = async () => {
      const page = await full.inspect.list({ list: 'postgres', filter });
      return page.timedOut ? undefined : page;
    };
    expect(await waitFor(looked)).toMatchObject({ rows: [], matching: 0 });
  });

  it('are found by form, attempts, age and reason', async () => {
    expect(await all(full, { list: 'postgres', filter: { form: 'contact' } })).toHaveLength(2);
    const page = await full.inspect.list({
      list: 'postgres',
      filter: { minAttempts: 2, minAgeMs: HOUR_MS, maxAgeMs: 2 * HOUR_MS, reason: 'redis_down' },
      limit: 200,
    });
    expect(page).toMatchObject({ capped: false, timedOut: false });
    expect(page.rows).toHaveLength(200);
    const ages = page.rows.map((row) => (Date.now() - row.receivedAt.getTime()) / HOUR_MS);
    expect(Math.min(...ages)).toBeGreaterThan(1);
    expect(page.rows[0]).toMatchObject({
      state: 'waiting',
      heldBy: ['postgres'],
      reason: 'redis_down',
      actions: ['discard'],
    });
  });

  it('are found by id, and by text in any case, in which a percent sign has no special meaning', async () => {
    expect((await full.inspect.list({ list: 'postgres', filter: { search: someId } })).rows).toHaveLength(1);
    expect((await full.inspect.list({ list: 'dead', filter: { search: someId } })).rows).toEqual([]);
    expect(await all(full, { list: 'postgres', filter: { search: 'ZüRICH 100%' } })).toHaveLength(3);
    expect((await full.inspect.list({ list: 'postgres', filter: { search: '%zürich%' } })).rows).toEqual([]);
  });

  it.each([
    { form: 'in\u0000box' },
    { reason: '\u0000' },
    { minAgeMs: -1 },
    { maxAgeMs: Number.MAX_VALUE },
    { minAttempts: Number.NaN },
    { minAttempts: 2 ** 31 },
  ])('are not looked through by a filter that no store could answer: %j', async (filter) => {
    const named = Object.keys(filter)[0] ?? '';
    for (const list of ['postgres', 'redis', 'dead'] as const) {
      const query = { list, filter };
      await expect(full.inspect.list(query)).rejects.toThrow(InvalidOptionsError);
      await expect(full.inspect.count(query)).rejects.toThrow(named);
    }
  });

  it('are searched for any text', async () => {
    const { rows } = await full.inspect.list({ list: 'postgres', filter: { search: '\u0000' } });
    expect(rows).toEqual([]);
  });

  it('are counted for an action', async () => {
    expect(await full.inspect.count({ list: 'postgres', action: 'discard' })).toEqual({
      count: ROWS,
      capped: false,
    });
    expect(await full.inspect.count({ list: 'postgres', action: 'requeue' })).toEqual({
      count: 0,
      capped: false,
    });
    expect(await full.inspect.count({ list: 'dead', action: 'retry' })).toEqual({
      count: 1_000,
      capped: false,
    });
  });
});

describe('settled submissions', () => {
  it('are listed latest first, the dead in a separate list, each once', async () => {
    const dead = await all(full, { list: 'dead', limit: 200 });
    const settled = await all(full, { list: 'processed', limit: 170 });
    expect(new Set(dead.map((row) => row.id)).size).toBe(1_000);
    expect(new Set(settled.map((row) => row.id)).size).toBe(2_000);
    const times = settled.map((row) => row.settledAt?.getTime() ?? 0);
    expect(times).toEqual(times.toSorted((a, b) => b - a));
    expect(new Set(settled.map((row) => row.state))).toEqual(new Set(['processed', 'discarded']));
    expect(dead[0]).toMatchObject({ state: 'failed', actions: ['retry', 'discard'] });
  });

  it('are found by their error, and by their payload', async () => {
    expect(await all(full, { list: 'dead', filter: { reason: 'PRINTER 300' } })).toHaveLength(2);
    expect(await all(full, { list: 'dead', filter: { search: '"N":2997' } })).toHaveLength(1);
    const { rows } = await full.inspect.list({
      list: 'dead',
      filter: { search: 'n' },
      limit: 1,
      withPayload: true,
    });
    expect(rows[0]?.payload).toBe('{"n":3}');
  });
});

describe('submissions in Redis', () => {
  it('are listed in sections, filtered, searched and scanned', async () => {
    const { queue } = await openQueue(stack);
    const ids: string[] = [];
    for (let n = 0; n < 300; n += 1) {
      const later = n % 3 === 0 ? { at: new Date(Date.now() + HOUR_MS) } : {};
      const { id } = await queue.enqueue({
        form: n % 10 === 0 ? 'contact' : 'inbox',
        data: { n, text: `Ü${n}` },
        ...later,
      });
      ids.push(id);
    }
    const pages = await all(queue, { list: 'redis', limit: 70 });
    expect(pages.map((row) => row.id).toSorted()).toEqual(ids.toSorted());
    expect(pages[0]).toMatchObject({ state: 'waiting', heldBy: ['redis'], actions: ['discard'] });
    expect(pages.at(-1)).toMatchObject({ state: 'scheduled', actions: ['requeue', 'discard'] });
    expect(await queue.inspect.list({ list: 'redis' })).toMatchObject({ matching: 300, capped: false });
    expect(await all(queue, { list: 'redis', filter: { form: 'contact' }, limit: 7 })).toHaveLength(30);
    expect(await all(queue, { list: 'redis', filter: { search: 'ü299' }, limit: 7 })).toHaveLength(1);
    expect(await all(queue, { list: 'redis', filter: { search: ids[5] ?? '' } })).toHaveLength(1);
    expect(await all(queue, { list: 'redis', filter: { search: newId() } })).toEqual([]);
    expect(await all(queue, { list: 'redis', action: 'requeue' })).toHaveLength(100);
    expect(await queue.inspect.count({ list: 'redis', action: 'discard' })).toEqual({
      count: 300,
      capped: false,
    });
    await queue.close();
  });
});
