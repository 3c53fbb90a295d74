import { setTimeout as pause } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createQueue, createWorker, migrate, newId } from '@spillway/queue';
import type { Claim, PushItem } from '../../src/contract/store.ts';
import type { Transaction } from '../../src/contract/transaction.ts';
import { claimRows } from '../../src/postgres/claim.ts';
import { createFallbackRows } from '../../src/postgres/fallback-rows.ts';
import { discardDead, discardWaiting, requeueRows, retryDead } from '../../src/postgres/operator-actions.ts';
import { settleBatch, settleDead } from '../../src/postgres/settle/settle.ts';
import type { QueueTables } from '../../src/postgres/statement/tables.ts';
import { PostgresStore } from '../../src/postgres/store.ts';
import { readCounts } from '../../src/postgres/views/counts.ts';
import { readOutcome, readRow } from '../../src/postgres/views/find.ts';
import { locateInPostgres } from '../../src/postgres/views/locate.ts';
import { runQuery } from '../../src/postgres/views/query.ts';
import { waitFor } from '@spillway/devstack';
import { envelope, freshDatabase, openPool, PATIENT, startStores, tables } from '../support.ts';
import type { Stack } from '../support.ts';

const PUSH_WITHIN_MS = 2_000;
const LEASE_MS = 30_000;

let stack: Stack;

beforeAll(async () => {
  stack = await startStores();
});

afterAll(async () => {
  await stack[Symbol.asyncDispose]();
});

/** The tables as versions before 0.2 named them: plainly, wherever the search_path finds them. */
function plainTables(name: string): QueueTables {
  const fallback = sql.identifier('fallback_submissions');
  const outcomes = sql.identifier('submission_outcomes');
  const shadow = sql.identifier('shadow_groups');
  return {
    name,
    schema: 'plain',
    fallback: sql`${fallback}`,
    outcomes: sql`${outcomes}`,
    shadow: sql`${shadow}`,
  };
}

/** A database as versions before 0.2 left it: the tables are in `public`. */
async function earlierDatabase(): Promise<{ url: string; pool: Pool }> {
  const url = await stack.postgres.createDatabase();
  await migrate(url, { schema: 'public' });
  const pool = openPool({ connectionString: url, pipeline: true });
  onTestFinished(() => pool.end());
  await pool.query('CREATE TABLE effects (id uuid)');
  return { url, pool };
}

async function takeEffect(claims: readonly Claim[], tx: Transaction): Promise<void> {
  const ids = sql.param(claims.map((claim) => claim.envelope.id));
  await tx.execute(sql`INSERT INTO effects SELECT * FROM unnest(${ids}::uuid[])`);
}

const schemaOf = async (pool: Pool, table: string) =>
  (
    await pool.query<{ schema: string }>(
      `SELECT schemaname AS schema FROM pg_tables WHERE tablename = $1 ORDER BY 1`,
      [table],
    )
  ).rows.map((row) => row.schema);

const nothing = async () => {};

describe('tables that an earlier version made in public', () => {
  it('move to the schema of the queue while that version enqueues, claims and settles: nothing is refused, lost or done twice', async () => {
    const { url, pool } = await earlierDatabase();
    const queue = plainTables('default');
    const store = new PostgresStore(pool, queue);
    const accepted: string[] = [];
    const answers = new Set<string>();
    let on = true;
    const enqueue = async (generatedId: boolean) => {
      for (; on; await pause(2)) {
        const items: PushItem[] = Array.from({ length: 3 }, () => ({ envelope: envelope(), generatedId }));
        const { answers: given } = await store.push(items, { deadlineMs: PUSH_WITHIN_MS });
        for (const [at, answer] of given.entries()) {
          answers.add(answer);
          if (answer === 'stored') accepted.push(items[at]?.envelope.id ?? '');
        }
      }
    };
    const work = async (worker: string) => {
      for (let idle = 0; on || idle < 3;) {
        const claims = await store.claim({ limit: 20, leaseMs: LEASE_MS, worker }).catch(() => []);
        idle = claims.length === 0 ? idle + 1 : 0;
        // Not settled: it is claimed again, as after an error of the store.
        if (claims.length > 0)
          await settleBatch(pool, queue, claims, takeEffect).catch(() => store.release(claims.map(toHeld)));
        else await pause(10);
      }
    };
    const running = [enqueue(true), enqueue(true), enqueue(false), work('one'), work('two')];
    await waitFor(async () => (await pool.query('SELECT FROM effects LIMIT 1')).rowCount === 1);
    await migrate(url);
    const before = accepted.length;
    await waitFor(() => accepted.length > before + 100, { message: 'the earlier version to go on' });
    on = false;
    await Promise.all(running);
    // What was released behind the last claim's place.
    for (let claims = await drain(store); claims.length > 0; claims = await drain(store))
      await settleBatch(pool, queue, claims, takeEffect);

    expect([...answers]).toEqual(['stored']);
    expect(await schemaOf(pool, 'fallback_submissions')).toEqual(['spillway']);
    const { rows } = await pool.query<{ id: string }>('SELECT id FROM effects');
    expect(rows.map((row) => row.id).toSorted()).toEqual(accepted.toSorted());
    expect((await pool.query(`SELECT FROM spillway.fallback_submissions`)).rowCount).toBe(0);
  });

  it('are used by both versions at once, each of which sees what the other does', async () => {
    const { url, pool } = await earlierDatabase();
    const earlier = plainTables('default');
    const store = new PostgresStore(pool, earlier);
    const waiting = await pushed(store);
    await migrate(url);
    // The earlier version migrates at its start, and finds nothing to do.
    await migrate(url, { schema: 'public' });

    const queue = createQueue({ name: 'default', postgres: url, ...PATIENT });
    onTestFinished(() => queue.close());
    expect((await queue.status(waiting)).state).toBe('waiting');
    const handled: string[] = [];
    const worker = createWorker(queue, {
      batch: async (submissions) => void handled.push(...submissions.map((one) => one.id)),
    });
    onTestFinished(() => worker.stop());
    worker.start();
    const later = await pushed(store);
    await waitFor(() => handled.length === 2, { message: 'both to be handled' });
    expect(new Set(handled)).toEqual(new Set([waiting, later]));
    await waitFor(async () => (await queue.status(later)).state === 'processed');
    const { answers } = await store.push([{ envelope: envelope(undefined, { id: later }) }], {
      deadlineMs: PUSH_WITHIN_MS,
    });
    expect(answers).toEqual(['duplicate']);
  });

  it('answer each statement of that version as before', async () => {
    const { url, pool } = await earlierDatabase();
    await migrate(url);
    const queue = plainTables('default');
    const store = new PostgresStore(pool, queue);
    const rows = createFallbackRows(pool, queue);
    const view = { pool, tables: queue };
    await store.probe(PUSH_WITHIN_MS);

    const id = await pushed(store);
    expect(await store.has([id])).toEqual(new Set([id]));
    expect(await store.depth()).toMatchObject({ ready: 1 });
    await rows.markPushed([id], 'epoch');
    await waitFor(async () => (await rows.due({ limit: 10 })).length === 1);
    expect(await rows.due({ limit: 10, notPushedIn: 'epoch' })).toEqual([]);
    await rows.extendLeases([id], -1);
    const [claim] = await store.claim({ limit: 1, leaseMs: LEASE_MS, worker: 'w' });
    if (!claim) throw new Error('nothing was claimed');
    expect(
      await claimRows(pool, PUSH_WITHIN_MS, queue, { limit: 1, leaseMs: 1, worker: 'v' }, undefined),
    ).toEqual([]);
    expect(await store.extend([toHeld(claim)], LEASE_MS)).toEqual([]);
    await store.retry([{ ...toHeld(claim), delayMs: 60_000, history: [], uncounted: false }]);
    expect(await requeueRows(pool, queue, [id], nothing)).toEqual([id]);
    const [again] = await store.claim({ limit: 1, leaseMs: LEASE_MS, worker: 'w' });
    if (!again) throw new Error('nothing was claimed again');
    await settleDead(pool, queue, [{ claim: again, error: 'no', history: [] }]);
    expect(await runQuery(view, (db) => readOutcome(db, queue, id))).toMatchObject({ status: 'dead' });
    expect(await retryDead(pool, queue, [id], nothing)).toEqual([id]);
    expect(await runQuery(view, (db) => readRow(db, queue, id))).toMatchObject({ generation: 2 });
    expect((await discardWaiting(pool, queue, [id], [], nothing)).inserted).toHaveLength(1);
    expect(await runQuery(view, (db) => locateInPostgres(db, queue, [id]))).toEqual([
      { id, place: 'discarded' },
    ]);
    expect(await discardDead(pool, queue, [id], nothing)).toEqual([]);
    expect(await runQuery(view, (db) => readCounts(db, queue, undefined))).toMatchObject({ discarded: 1 });
  });

  it('move with the rights on them, and give none in addition', async () => {
    const { url, pool } = await earlierDatabase();
    const role = `earlier_${newId().slice(-12)}`;
    await pool.query(`CREATE ROLE ${role} LOGIN PASSWORD 'earlier'`);
    await pool.query(
      `GRANT SELECT, INSERT, DELETE, UPDATE (run_at, generation, attempts, lease_until, pushed_epoch, created_at) ON fallback_submissions TO ${role};
       GRANT SELECT ON submission_outcomes, spillway_migrations TO ${role}`,
    );
    await migrate(url);
    const asRole = new URL(url);
    asRole.username = role;
    asRole.password = 'earlier';
    const own = openPool({ connectionString: asRole.href });
    onTestFinished(() => own.end());
    await pushed(new PostgresStore(own, plainTables('default')));
    await pushed(new PostgresStore(own, tables('default')));
    const refused = { code: '42501' };
    await expect(own.query(`UPDATE fallback_submissions SET data = '{}'`)).rejects.toMatchObject(refused);
    await expect(own.query(`DELETE FROM submission_outcomes`)).rejects.toMatchObject(refused);
    await expect(own.query(`CREATE TABLE spillway.mine ()`)).rejects.toMatchObject(refused);
  });

  it('move as soon as a transaction that holds them lets go; until then submissions go on', async () => {
    const { url, pool } = await earlierDatabase();
    const store = new PostgresStore(pool, plainTables('default'));
    const holder = await pool.connect();
    onTestFinished(() => holder.release(true));
    await holder.query('BEGIN; LOCK TABLE submission_outcomes IN ACCESS SHARE MODE');
    const migrating = migrate(url);
    const waits = async () =>
      (await pool.query(`SELECT FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'`)).rowCount;
    for (let seen = 0; seen < 3; seen += 1) {
      await waitFor(async () => (await waits()) === 1, { message: 'the migration to wait' });
      await pushed(store);
      await waitFor(async () => (await waits()) === 0, { message: 'the migration to give way' });
    }
    expect(await schemaOf(pool, 'fallback_submissions')).toEqual(['public']);
    await holder.query('COMMIT');
    await migrating;
    expect(await schemaOf(pool, 'fallback_submissions')).toEqual(['spillway']);
  });
});

describe('the schema of a queue', () => {
  it('is named in each statement, whatever the search_path', async () => {
    const url = `${await freshDatabase(stack)}?options=${encodeURIComponent('-c search_path=nowhere')}`;
    const queue = createQueue({ postgres: url, ...PATIENT });
    onTestFinished(() => queue.close());
    await queue.migrate();
    const { id } = await queue.enqueue({ form: 'inbox', data: 1 });
    const worker = createWorker(queue, { batch: async () => {} });
    onTestFinished(() => worker.stop());
    worker.start();
    await waitFor(async () => (await queue.status(id)).state === 'processed');
    expect((await queue.inspect.list({ list: 'processed' })).rows.map((row) => row.id)).toEqual([id]);
    expect(await queue.inspect.checkSettings()).toContainEqual(
      expect.objectContaining({ setting: 'tables', value: 'there' }),
    );
  });

  it('is an option: queues of one name in two schemas share a pool, and nothing else', async () => {
    const url = await stack.postgres.createDatabase();
    const pool = openPool({ connectionString: url });
    onTestFinished(() => pool.end());
    const [one, other] = ['here', 'there'].map((schema) =>
      createQueue({ postgres: pool, schema, ...PATIENT }),
    );
    if (!one || !other) throw new Error('there are two');
    onTestFinished(() => Promise.all([one.close(), other.close()]).then(() => {}));
    await Promise.all([one.migrate(), other.migrate()]);
    const { id } = await one.enqueue({ form: 'inbox', data: 1 });
    await other.enqueue({ form: 'inbox', data: 2 });
    expect((await one.status(id)).state).toBe('waiting');
    expect((await other.status(id)).state).toBe('missing');
    expect(await schemaOf(pool, 'fallback_submissions')).toEqual(['here', 'there']);
  });

  it.each(['', 'Upper', '1st', 'pg_mine', 'a"b', 'x'.repeat(41)])('is refused where it is %j', (schema) => {
    expect(() => createQueue({ postgres: 'postgres://nowhere', schema })).toThrow('use a-z, 0-9 and "_"');
  });
});

function toHeld({ envelope: { id }, token }: Claim) {
  return { id, token };
}

const drain = (store: PostgresStore) => store.claim({ limit: 200, leaseMs: LEASE_MS, worker: 'last' });

async function pushed(store: PostgresStore): Promise<string> {
  const one = envelope();
  const { answers } = await store.push([{ envelope: one }], { deadlineMs: PUSH_WITHIN_MS });
  expect(answers).toEqual(['stored']);
  return one.id;
}
