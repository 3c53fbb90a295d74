import { sql } from 'drizzle-orm';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorker } from '@spillway/queue';
import type { Transaction } from '@spillway/queue';
import { writeOutcomes } from '../../src/postgres/settle/outcome.ts';
import { HandlerError } from '../../src/contract/failures.ts';
import { settleBatch } from '../../src/postgres/settle/settle.ts';
import { settlingTransaction } from '../../src/postgres/settle/transaction.ts';
import { PostgresStore } from '../../src/postgres/store.ts';
import type { Envelope } from '../../src/contract/submission.ts';
import { waitFor } from '@spillway/devstack';
import { envelope, freshDatabase, openPool, openQueue, startStores, tables } from '../support.ts';
import type { Stack } from '../support.ts';

let stack: Stack;

beforeAll(async () => {
  stack = await startStores();
});

afterAll(async () => {
  await stack[Symbol.asyncDispose]();
});

async function settingOf(tx: Transaction, name: string): Promise<string> {
  const { rows } = await tx.execute<{ value: string }>(sql`SELECT current_setting(${name}) AS value`);
  return rows[0]?.value ?? '';
}

it('commits to disk whatever the default, and leaves the handler its own settings', async () => {
  const settings = encodeURIComponent('-c synchronous_commit=off -c lock_timeout=7s');
  const url = `${await freshDatabase(stack)}?options=${settings}`;
  const { queue } = await openQueue(stack, { postgres: url });
  const { promise: seen, resolve } = Promise.withResolvers<Record<string, string>>();
  const worker = createWorker(queue, {
    batch: async (_, tx) =>
      resolve({
        synchronous_commit: await settingOf(tx, 'synchronous_commit'),
        lock_timeout: await settingOf(tx, 'lock_timeout'),
        transaction_isolation: await settingOf(tx, 'transaction_isolation'),
      }),
  });
  worker.start();
  await queue.enqueue({ form: 'inbox', data: {} });
  expect(await seen).toEqual({
    synchronous_commit: 'on',
    lock_timeout: '7s',
    transaction_isolation: 'read committed',
  });
  await worker.stop();
  await queue.close();
});

it('writes no outcome where its transaction has not begun', async () => {
  const { queue, url } = await openQueue(stack);
  const pool = openPool({ connectionString: url });
  const client = await pool.connect();
  const claims = [{ envelope: envelope(), token: 'token', attempt: 1, history: [] }];
  await expect(writeOutcomes(client, tables(queue.name), claims, { status: 'done' })).rejects.toThrow(
    'has not begun',
  );
  const { rowCount } = await client.query('SELECT FROM spillway.submission_outcomes WHERE id = $1', [
    claims[0]?.envelope.id,
  ]);
  expect(rowCount).toBe(0);
  client.release();
  await pool.end();
  await queue.close();
});

describe('a transaction that does not end as it should', () => {
  async function hold() {
    const url = await freshDatabase(stack);
    const pool = openPool({ connectionString: url, max: 1 });
    const store = new PostgresStore(pool, tables('default'));
    const submission = envelope();
    const settle = async (effects: Parameters<typeof settleBatch>[3]) => {
      await store.push([{ envelope: submission }], { deadlineMs: 60_000 });
      return settleBatch(
        pool,
        tables('default'),
        await store.claim({ limit: 1, leaseMs: 30_000, worker: 'w' }),
        effects,
      );
    };
    const left = async () => {
      const count = async (table: string) => (await pool.query(`SELECT FROM spillway.${table}`)).rowCount;
      return { rows: await count('fallback_submissions'), outcomes: await count('submission_outcomes') };
    };
    return { submission, store, settle, left, close: () => pool.end() };
  }

  it('leaves the row where a handler rolls back by itself, which is its failure', async () => {
    const { settle, left, close } = await hold();
    const settling = settle(async (_, tx) => void (await tx.execute(sql`ROLLBACK`)));
    await expect(settling).rejects.toBeInstanceOf(HandlerError);
    expect(await left()).toEqual({ rows: 1, outcomes: 0 });
    await close();
  });

  it('leaves the row where the name of its last statement is lost, as a store may lose it', async () => {
    const { settle, left, close } = await hold();
    const settling = settle(async (_, tx) => {
      // As a pooler does that gives the transaction another's connection. A statement under the name is somebody else's.
      await tx.execute(sql`DEALLOCATE ALL`);
      await tx.execute(sql`PREPARE spillway_clear_lone AS SELECT 1`);
    });
    const error = await settling.then(
      () => undefined,
      (cause: unknown) => cause,
    );
    expect(error).toMatchObject({ name: 'HandlerError', isStoreLike: true });
    expect(await left()).toEqual({ rows: 1, outcomes: 0 });
    await close();
  });

  it('is over before its handler where Postgres answers too late', async () => {
    const pool = openPool({ connectionString: await freshDatabase(stack), pipeline: true });
    const locker = await pool.connect();
    await locker.query('BEGIN');
    await locker.query('LOCK TABLE spillway.submission_outcomes IN ACCESS EXCLUSIVE MODE');
    let called = 0;
    const write = async (client: pg.PoolClient) =>
      void (await client.query('SELECT FROM spillway.submission_outcomes'));
    const effect = async () => void (called += 1);
    const settling = settlingTransaction(pool, tables('default'), 200, {
      write,
      effect,
      clear: async () => {},
    });
    await expect(settling).rejects.toThrow('No answer within 200 ms');
    await locker.query('ROLLBACK');
    locker.release();
    await waitFor(async () => {
      const { rows } = await pool.query(
        `SELECT count(*)::int AS others FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle' AND pid <> pg_backend_pid()`,
      );
      return rows[0].others === 0;
    });
    expect(called).toBe(0);
    await pool.end();
  });

  it('tells a repeat, and other content under the same id, from what is new, also when the first is settled', async () => {
    const { submission, store, settle, close } = await hold();
    await settle(async () => {});
    const push = async (one: Envelope) =>
      (await store.push([{ envelope: one }], { deadlineMs: 60_000 })).answers;
    expect(await push(submission)).toEqual(['duplicate']);
    expect(await push(envelope({ other: true }, { id: submission.id }))).toEqual(['conflict']);
    await close();
  });
});
