import { setImmediate } from 'node:timers/promises';
import { eq, sql } from 'drizzle-orm';
import { pgTable, uuid } from 'drizzle-orm/pg-core';
import type { Pool, PoolConfig } from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { waitFor } from '@spillway/devstack';
import { StatementNotAwaitedError } from '@spillway/queue';
import type { Transaction } from '@spillway/queue';
import { retryDead } from '../../src/postgres/operator-actions.ts';
import { settleBatch, settleDead } from '../../src/postgres/settle/settle.ts';
import { settlingTransaction } from '../../src/postgres/settle/transaction.ts';
import { envelope, freshDatabase, openPool, startStores, tables } from '../support.ts';
import type { Stack } from '../support.ts';

/*
 * The transaction that a handler gets is its own for as long as it runs, and no longer: no statement lands in another one on the same
 * connection, and no setting or lock reaches the next user of that connection. Each pool here has one connection.
 */

let stack: Stack;

beforeAll(async () => {
  stack = await startStores();
});

afterAll(async () => {
  await stack[Symbol.asyncDispose]();
});

const notes = pgTable('notes', { id: uuid() });
const QUEUE = tables('default');
const ID = '01938e5c-7a2b-7c3d-9e4f-5a6b7c8d9e0f';

type Run = (tx: Transaction) => Promise<void>;

interface Bench {
  readonly pool: Pool;
  readonly late: StatementNotAwaitedError[];
  readonly settle: (run: Run) => Promise<unknown>;
  /** From another connection. */
  readonly query: (text: string) => Promise<Record<string, unknown>[]>;
}

async function open(config: PoolConfig = {}): Promise<Bench> {
  const connectionString = await freshDatabase(stack);
  const pool = openPool({ connectionString, max: 1, pipeline: true, ...config });
  const other = openPool({ connectionString, max: 1 });
  onTestFinished(async () => {
    await Promise.all([pool.end(), other.end()]);
  });
  const query = async (text: string) => (await other.query<Record<string, unknown>>(text)).rows;
  await query('CREATE TABLE notes (id uuid)');
  const late: StatementNotAwaitedError[] = [];
  const settle = (run: Run) => {
    const claims = [{ envelope: envelope(), token: 'token', attempt: 1, history: [] }];
    return settleBatch(
      pool,
      QUEUE,
      claims,
      (_, tx) => run(tx),
      (error) => late.push(error),
    );
  };
  return { pool, late, settle, query };
}

const insert = (tx: Transaction) => tx.execute(sql`INSERT INTO notes VALUES (${ID})`);

/** What a handler may still call when its promise has settled. */
const LATE: Readonly<Record<string, (tx: Transaction) => () => Promise<unknown>>> = {
  'a statement': (tx) => async () => insert(tx),
  'a built statement': (tx) => async () => tx.insert(notes).values({ id: ID }),
  'a query': (tx) => async () => tx.select().from(notes).where(eq(notes.id, ID)),
  'a statement that was prepared before': (tx) => {
    const prepared = tx.insert(notes).values({ id: ID }).prepare('note');
    return () => prepared.execute();
  },
  'a nested transaction': (tx) => () => tx.transaction(async (inner) => void (await insert(inner))),
  'a change of the transaction': (tx) => async () => tx.setTransaction({ accessMode: 'read only' }),
};

describe('what comes after the promise of the handler has settled', () => {
  for (const [what, prepare] of Object.entries(LATE)) {
    it(`is refused, in words, and lands in no other transaction: ${what}`, async () => {
      const { settle, late, query } = await open();
      let run = (): Promise<unknown> => Promise.resolve();
      await settle(async (tx) => {
        run = prepare(tx);
      });
      let refusal: unknown;
      await settle(async () => {
        refusal = await run().catch((error: unknown) => error);
      });
      const error = refusal instanceof StatementNotAwaitedError ? refusal : (refusal as Error).cause;
      expect(error).toBeInstanceOf(StatementNotAwaitedError);
      expect(error).toMatchObject({ code: 'STATEMENT_NOT_AWAITED', late: true });
      expect(late).toEqual([error]);
      expect(await query('SELECT * FROM notes')).toEqual([]);
    });
  }

  it('is refused inside a nested transaction, too', async () => {
    const { settle, query } = await open();
    let leaked: Transaction | undefined;
    await settle((tx) => tx.transaction(async (inner) => void (leaked = inner)));
    await settle(async () => {
      await expect(leaked && insert(leaked)).rejects.toMatchObject({ cause: { late: true } });
    });
    expect(await query('SELECT * FROM notes')).toEqual([]);
  });

  it('is refused where an operator’s hook had the transaction', async () => {
    const { pool, query } = await open();
    const claim = { envelope: envelope(), token: 'token', attempt: 1, history: [] };
    await settleDead(pool, QUEUE, [{ claim, error: 'bad', history: [] }]);
    let leaked: Transaction | undefined;
    await retryDead(pool, QUEUE, [claim.envelope.id], async (_, tx) => void (leaked = tx));
    expect(leaked).toBeDefined();
    await expect(leaked && insert(leaked)).rejects.toMatchObject({ cause: { late: true } });
    expect(await query('SELECT * FROM notes')).toEqual([]);
  });
});

describe('what still runs when the promise of the handler settles', () => {
  it('fails the attempt where the handler has resolved: nothing of it is kept', async () => {
    const { settle, query } = await open();
    let running: Promise<unknown> = Promise.resolve();
    const settling = settle(async (tx) => {
      running = insert(tx).then(() => 'answered');
    });
    await expect(settling).rejects.toMatchObject({ cause: { code: 'STATEMENT_NOT_AWAITED', late: false } });
    expect(await running).toBe('answered');
    expect(await query('SELECT id FROM notes UNION ALL SELECT id FROM spillway.submission_outcomes')).toEqual(
      [],
    );
  });

  it('fails the attempt where it is a nested transaction between two statements', async () => {
    const { settle, query } = await open();
    const { promise: goOn, resolve } = Promise.withResolvers<void>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    let nested: Promise<unknown> = Promise.resolve();
    const settling = settle(async (tx) => {
      nested = tx
        .transaction(async (inner) => {
          await insert(inner);
          begin();
          await goOn;
          await insert(inner);
        })
        .catch((error: unknown) => error);
      await begun;
    });
    await expect(settling).rejects.toMatchObject({ cause: { code: 'STATEMENT_NOT_AWAITED', late: false } });
    resolve();
    expect(await nested).toMatchObject({ cause: { late: true } });
    expect(await query('SELECT id FROM notes UNION ALL SELECT id FROM spillway.submission_outcomes')).toEqual(
      [],
    );
  });

  it('is refused where it is a branch of Promise.all beside one that has failed', async () => {
    const { settle, late, query } = await open();
    const { promise: failed, resolve } = Promise.withResolvers<void>();
    const settling = settle(async (tx) => {
      const fails = tx.execute(sql`SELECT 1 / 0`).finally(resolve);
      const goesOn = async () => {
        await failed;
        // By the next turn the handler's promise has settled.
        await setImmediate();
        await insert(tx);
      };
      await Promise.all([fails, goesOn()]);
    });
    await expect(settling).rejects.toMatchObject({ name: 'HandlerError' });
    await waitFor(() => late.length > 0 || undefined);
    await settle(async () => {});
    expect(await query('SELECT * FROM notes')).toEqual([]);
  });

  it('is waited for within a bound, and ends with its connection', async () => {
    const { pool, query } = await open();
    let pid = 0;
    const settling = settlingTransaction(pool, QUEUE, 300, {
      write: async () => {},
      effect: async (_, tx) => {
        const { rows } = await tx.execute<{ pid: number }>(sql`SELECT pg_backend_pid() AS pid`);
        pid = rows[0]?.pid ?? 0;
        insert(tx)
          .then(() => tx.execute(sql`SELECT pg_sleep(1)`))
          .catch(() => {});
        tx.execute(sql`SELECT pg_sleep(3600)`).catch(() => {});
        throw new Error('bad');
      },
      clear: async () => {},
    });
    await expect(settling).rejects.toThrow('No answer within 300 ms');
    expect(pool.totalCount).toBe(0);
    await query(`SELECT pg_terminate_backend(${pid}, 10000)`);
    expect(await query('SELECT * FROM notes')).toEqual([]);
  });
});

describe('a handler whose connection has ended', () => {
  it('is waited for before its failure is told, so that it never runs twice at once', async () => {
    const { settle, query } = await open();
    let isOver = false;
    const settling = settle(async (tx) => {
      const { rows } = await tx.execute<{ pid: number }>(sql`SELECT pg_backend_pid() AS pid`);
      await query(`SELECT pg_terminate_backend(${rows[0]?.pid}, 10000)`);
      await query('SELECT pg_sleep(0.2)');
      isOver = true;
    });
    await expect(settling).rejects.toMatchObject({
      isStoreLike: true,
      cause: { name: 'ConnectionEndedError' },
    });
    expect(isOver).toBe(true);
  });
});

/** Statements with which a handler changes its session or transaction. */
const CHANGES = [
  'SET LOCAL ROLE tenant',
  'SET ROLE tenant',
  'SET SESSION AUTHORIZATION tenant',
  'SET search_path = elsewhere, pg_catalog',
  "SELECT set_config('search_path', 'elsewhere', false)",
  "SELECT set_config('role', 'tenant', false)",
  'SET LOCAL statement_timeout = 1000',
  'SET statement_timeout = 1000',
  "SELECT set_config('lock_timeout', '1', false)",
  'SET default_transaction_read_only = on',
  "SELECT set_config('default_transaction_read_only', 'on', false)",
  "SET default_transaction_isolation = 'serializable'",
  'SET session_replication_role = replica',
  'SET LOCAL session_replication_role = replica',
  'SET row_security = off',
  "SET TimeZone = 'Asia/Tokyo'",
  "SELECT set_config('datestyle', 'German', false)",
  'SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE',
  'RESET search_path',
  'DISCARD TEMP',
  'SET work_mem = 65536',
];

const SETTINGS = `SELECT name, setting FROM pg_settings
  UNION ALL VALUES ('role', current_setting('role')), ('user', current_user::text), ('session', session_user::text)`;

describe('what a handler has changed', () => {
  for (const change of CHANGES) {
    it(`does not reach the queue’s statements, nor the next user of the connection: ${change}`, async () => {
      const { pool, settle, query } = await open();
      await query(
        `CREATE SCHEMA elsewhere; CREATE TABLE elsewhere.fallback_submissions (LIKE spillway.fallback_submissions)`,
      );
      await query(
        `DO $$ BEGIN CREATE ROLE tenant NOLOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
      );
      // Settings that the application has given to its pool.
      pool.on(
        'connect',
        (client) => void client.query('SET search_path = public; SET idle_session_timeout = 100000'),
      );
      const settings = async () => (await pool.query(SETTINGS)).rows;
      const before = await settings();
      await settle(async (tx) => void (await tx.execute(sql.raw(change))));
      expect(await query('SELECT status FROM spillway.submission_outcomes')).toEqual([{ status: 'done' }]);
      expect(await settings()).toEqual(before);
    });
  }

  it('does not keep the commit from being on disk', async () => {
    const { settle, query } = await open();
    await query(`CREATE TABLE commits (setting text, who text);
      CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO commits VALUES (current_setting('synchronous_commit'), current_user); RETURN NULL; END $$;
      CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON notes DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note()`);
    await settle(async (tx) => {
      await insert(tx);
      await tx.execute(sql`SET LOCAL synchronous_commit = off`);
    });
    expect(await query('SELECT setting FROM commits')).toEqual([{ setting: 'on' }]);
  });

  const LEFT = {
    'a lock of the session': [
      'SELECT pg_advisory_lock(1)',
      `SELECT FROM pg_locks WHERE locktype = 'advisory'`,
    ],
    'a channel': ['LISTEN news', 'SELECT pg_listening_channels()'],
    'a temporary table': ['CREATE TEMP TABLE mine (id int)', `SELECT FROM pg_class WHERE relname = 'mine'`],
    'a prepared statement': [
      'PREPARE mine AS SELECT 1',
      `SELECT FROM pg_prepared_statements WHERE name = 'mine'`,
    ],
    'a cursor': ['DECLARE mine CURSOR WITH HOLD FOR SELECT 1', `SELECT FROM pg_cursors WHERE name = 'mine'`],
  } as const;

  for (const [what, [leave, look]] of Object.entries(LEFT)) {
    it(`is gone for the next user of the connection: ${what}`, async () => {
      const { pool, settle } = await open();
      await settle(async (tx) => void (await tx.execute(sql.raw(leave))));
      expect((await pool.query(look)).rowCount).toBe(0);
      const failing = settle(async (tx) => {
        await tx.execute(sql.raw(leave));
        await tx.execute(sql`SELECT 1 / 0`);
      });
      await expect(failing).rejects.toThrow('the handler failed');
      expect((await pool.query(look)).rowCount).toBe(0);
    });
  }

  it('costs no connection where it ends with the transaction', async () => {
    const { pool, settle } = await open();
    const pid = async () => (await pool.query('SELECT pg_backend_pid() AS pid')).rows[0];
    const before = await pid();
    await settle(async (tx) => void (await tx.execute(sql`SET LOCAL statement_timeout = '1min'`)));
    await settle((tx) => tx.transaction(async (inner) => void (await insert(inner))));
    expect(await pid()).toEqual(before);
  });
});
