import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { startPostgres, waitFor } from '@spillway/devstack';
import type { PostgresServer } from '@spillway/devstack';
import pg from 'pg';
import { migrate, newId } from '@spillway/queue';
import { heldOf } from '../../src/work/lease.ts';
import { PostgresStore } from '../../src/postgres/store.ts';
import { pushRows } from '../../src/postgres/push.ts';
import type { PushItem } from '../../src/contract/store.ts';
import { describeStore } from '../store-contract.ts';
import { envelope, openPool, tables } from '../support.ts';

let postgres: PostgresServer;
let pool: pg.Pool;
let url: string;

beforeAll(async () => {
  postgres = await startPostgres();
  url = await postgres.createDatabase();
  // Many at once, as the processes of a deployment do.
  await Promise.all([migrate(url), migrate(url), migrate(url)]);
  pool = openPool({ connectionString: url });
});

afterAll(async () => {
  await pool.end();
  await postgres.stop();
});

const open = async () => new PostgresStore(pool, tables(newId()));
const DEADLINE = { deadlineMs: 60_000 };

describeStore('Postgres', open);

describe('the Postgres store', () => {
  it('answers refused while Postgres is read-only, and stores when it is not', async () => {
    const store = await open();
    const items = [{ envelope: envelope() }];
    await postgres.setReadOnly(true);
    try {
      expect(await store.push(items, DEADLINE)).toMatchObject({ answers: ['refused'] });
      await expect(store.probe(60_000)).rejects.toThrow();
    } finally {
      await postgres.setReadOnly(false);
    }
    await store.probe(60_000);
    expect(await store.push(items, DEADLINE)).toMatchObject({ answers: ['stored'] });
  });

  it('answers unknown by its deadline while Postgres is frozen', async () => {
    const store = await open();
    await store.depth();
    await postgres.freeze();
    try {
      const result = await store.push([{ envelope: envelope() }], { deadlineMs: 200 });
      expect(result.answers).toEqual(['unknown']);
    } finally {
      await postgres.resume();
    }
  });

  it('walks on behind rows that others hold, and comes back to what was released', async () => {
    const store = await open();
    await store.push(
      Array.from({ length: 6 }, (_, n) => ({ envelope: envelope({ n }) })),
      DEADLINE,
    );
    const take = (limit: number) => store.claim({ limit, leaseMs: 30_000, worker: 'tester' });
    const first = await take(2);
    await take(2);
    await store.release(first.map(heldOf));
    const rest = [...(await take(2)), ...(await take(2))];
    expect(rest.map((claim) => claim.envelope.id)).toEqual(
      expect.arrayContaining(first.map((claim) => claim.envelope.id)),
    );
  });
});

describe('ids that were minted for their push', () => {
  const minted = (count: number): PushItem[] =>
    Array.from({ length: count }, (_, n) => ({ envelope: envelope({ n }), generatedId: true }));
  const openOwn = async ({ max }: { readonly max: number }) => {
    const own = openPool({ connectionString: url, pipeline: true, max });
    onTestFinished(() => own.end());
    const queue = tables(newId());
    return { pool: own, queue, store: new PostgresStore(own, queue) };
  };
  /** Time by which connections are judged passes as the test says. */
  const stopClock = () => {
    let nowMs = performance.now();
    vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
    onTestFinished(() => void vi.restoreAllMocks());
    return { advance: (ms: number) => (nowMs += ms) };
  };
  const isWaiting = async () => {
    const { rows } = await pool.query(`SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'`);
    return rows.length > 0;
  };

  it.each([1, 5])('are stored as they are, %i at once', async (count) => {
    const store = await open();
    const items = minted(count);
    expect((await store.push(items, DEADLINE)).answers).toEqual(items.map(() => 'stored'));
    const claims = await store.claim({ limit: 10, leaseMs: 30_000, worker: 'tester' });
    expect(claims.map((claim) => claim.envelope)).toEqual(items.map((item) => item.envelope));
  });

  it('share a connection once it has answered, and keep it from nobody for long', async () => {
    const { store, pool: own } = await openOwn({ max: 1 });
    await store.push(minted(2), DEADLINE);
    let flights = 0;
    let over = false;
    const caller = async () => {
      while (!over) {
        expect((await store.push(minted(2), DEADLINE)).answers).toEqual(['stored', 'stored']);
        flights += 1;
      }
    };
    const callers = [caller(), caller()];
    for (let probe = 0; probe < 3; probe += 1) await store.probe(60_000);
    over = true;
    await Promise.all(callers);
    expect(flights).toBeGreaterThan(0);
    expect(own.totalCount).toBe(1);
  });

  it('do not follow others onto a connection that is silent', async () => {
    const { store, pool: own } = await openOwn({ max: 3 });
    const clock = stopClock();
    await store.push(minted(1), DEADLINE);
    const { rows } = await own.query('SELECT pg_backend_pid() AS pid');
    process.kill(rows[0].pid, 'SIGSTOP');
    onTestFinished(() => void process.kill(rows[0].pid, 'SIGCONT'));
    const first = store.push(minted(1), DEADLINE);
    await nextTurn();
    const second = store.push(minted(1), DEADLINE);
    await nextTurn();
    expect(own.totalCount).toBe(1);
    clock.advance(20);
    for (let n = 0; n < 5; n += 1)
      expect((await store.push(minted(1), DEADLINE)).answers).toEqual(['stored']);
    // Who came second on that connection gives up first, in time to ask again.
    const givenUp = await Promise.race([first.then(() => 'first'), second.then(() => 'second')]);
    expect([givenUp, (await second).answers, (await first).answers]).toEqual([
      'second',
      ['unknown'],
      ['unknown'],
    ]);
  });

  it('that are there nevertheless are refused, and change nothing', async () => {
    const store = await open();
    const [first, second] = minted(2);
    if (!first || !second) throw new Error('there were two');
    await store.push([first], DEADLINE);
    const other = { ...first, envelope: { ...first.envelope, payload: '"other"' } };
    expect((await store.push([other, second], DEADLINE)).answers).toEqual(['refused', 'refused']);
    expect((await store.push([first, second], DEADLINE)).answers).toEqual(['refused', 'refused']);
    const claims = await store.claim({ limit: 10, leaseMs: 30_000, worker: 'tester' });
    expect(claims.map((claim) => claim.envelope)).toEqual([first.envelope]);
  });

  it('do not wait behind an id that somebody else is writing', async () => {
    const { store, queue } = await openOwn({ max: 3 });
    stopClock();
    const [taken] = minted(1);
    if (!taken) throw new Error('there was one');
    // From here on the connection is one that others may join.
    await store.push(minted(1), DEADLINE);
    const rival = await pool.connect();
    onTestFinished(() => rival.release());
    await rival.query('BEGIN');
    await pushRows(rival, queue, [taken]);
    const waiting = store.push([{ envelope: taken.envelope }], DEADLINE);
    await waitFor(isWaiting);
    expect((await store.push(minted(3), DEADLINE)).answers).toEqual(['stored', 'stored', 'stored']);
    await rival.query('COMMIT');
    expect((await waiting).answers).toEqual(['duplicate']);
  });

  it('are unknown, and not refused, where the connection breaks under several flights', async () => {
    const { store, pool: own } = await openOwn({ max: 2 });
    stopClock();
    await store.push(minted(2), DEADLINE);
    const lock = await postgres.lockTable(url, 'spillway.fallback_submissions');
    onTestFinished(() => lock.release());
    const flights = [store.push(minted(2), DEADLINE)];
    await nextTurn();
    flights.push(store.push(minted(1), DEADLINE));
    await waitFor(isWaiting);
    expect(own.totalCount).toBe(1);
    await postgres.terminateBackends();
    const answers = (await Promise.all(flights)).flatMap((flight) => flight.answers);
    expect(answers).toEqual(['unknown', 'unknown', 'unknown']);
    expect((await store.push(minted(1), DEADLINE)).answers).toEqual(['stored']);
  });

  it('are unknown by the deadline, each flight by its own', async () => {
    const { store, pool: own } = await openOwn({ max: 2 });
    stopClock();
    await store.push(minted(1), DEADLINE);
    const lock = await postgres.lockTable(url, 'spillway.fallback_submissions');
    const short = store.push(minted(1), { deadlineMs: 100 });
    await nextTurn();
    const long = store.push(minted(1), { deadlineMs: 400 });
    await nextTurn();
    expect(own.totalCount).toBe(1);
    const first = await Promise.race([short.then(() => 'short'), long.then(() => 'long')]);
    expect([first, (await short).answers, (await long).answers]).toEqual(['short', ['unknown'], ['unknown']]);
    await lock.release();
    expect((await store.push(minted(1), DEADLINE)).answers).toEqual(['stored']);
  });

  it('that a rule of somebody’s swallows are unknown', async () => {
    const database = await postgres.createDatabase();
    await migrate(database);
    const own = openPool({ connectionString: database });
    onTestFinished(() => own.end());
    await own.query('CREATE RULE swallow AS ON INSERT TO spillway.fallback_submissions DO INSTEAD NOTHING');
    const store = new PostgresStore(own, tables(newId()));
    expect((await store.push(minted(1), DEADLINE)).answers).toEqual(['unknown']);
  });
});
