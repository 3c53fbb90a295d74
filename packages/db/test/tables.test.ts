import { eq, sql } from 'drizzle-orm';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  account,
  createDb,
  heartbeat,
  insertSubmissions,
  listWorkers,
  session,
  submissions,
  user,
  workers,
} from '../src/index.ts';
import type { Db } from '../src/index.ts';
import { useDatabases } from './database.ts';

const databases = useDatabases();
let db: Db;
beforeAll(async () => {
  db = await databases.migrated();
});

describe('submissions', () => {
  const receivedAt = new Date('2026-11-01T10:00:00.123Z');
  let counter = 0;
  const nextId = () => `01930000-0000-7000-8000-${String((counter += 1)).padStart(12, '0')}`;

  it.each([
    ['NUL characters', '{"a":"\\u0000","\\u0000":1}'],
    ['lone surrogates', '{"a":"\\ud800 and \\udfff"}'],
    ['__proto__ keys', '{"__proto__":{"admin":true},"constructor":{"prototype":1}}'],
    ['astral characters and quotes', '{"a":"😀 \\" \\\\ \\n é"}'],
    ['keys in their order, integer-like ones aside', '{"b":1,"a":2}'],
    ['numbers as they were', '{"a":1e+21,"b":0.1,"c":-5e-324,"d":9007199254740991}'],
    ['the deepest data that the queue takes', `${'{"a":'.repeat(99)}[]${'}'.repeat(99)}`],
  ])('keeps %s, byte for byte', async (_, text) => {
    const id = nextId();
    await insertSubmissions(db, [{ id, form: 'inbox', data: JSON.parse(text), receivedAt, attempts: 1 }]);
    const found = await db.execute<{ text: string }>(
      sql`select data::text as text from submissions where id = ${id}`,
    );
    expect(found.rows[0]?.text).toBe(text);
    const [row] = await db.select().from(submissions).where(eq(submissions.id, id));
    expect(JSON.stringify(row?.data)).toBe(text);
    expect(row).toMatchObject({ form: 'inbox', receivedAt, attempts: 1 });
  });

  it('are written by the hundred, together with the transaction or not at all', async () => {
    const rows = Array.from({ length: 500 }, () => ({
      id: nextId(),
      form: 'bulk',
      data: { n: 1 },
      receivedAt,
      attempts: 1,
    }));
    const count = () => db.$count(submissions, eq(submissions.form, 'bulk'));
    const failure = new Error('the handler fails');
    const failing = db.transaction(async (tx) => {
      await insertSubmissions(tx, rows);
      throw failure;
    });
    await expect(failing).rejects.toBe(failure);
    expect(await count()).toBe(0);
    await db.transaction((tx) => insertSubmissions(tx, rows));
    expect(await count()).toBe(500);
    await insertSubmissions(db, []);
  });

  it('refuse an id that already exists', async () => {
    const row = { id: nextId(), form: 'inbox', data: {}, receivedAt, attempts: 1 };
    await insertSubmissions(db, [row]);
    await expect(insertSubmissions(db, [row])).rejects.toThrow();
  });
});

describe('workers', () => {
  const told = {
    startedAt: new Date(),
    workingFrom: 'redis',
    inFlight: 3,
    settled: 5_000_000_000,
    version: '0.1.0',
    doing: 'waiting',
  };

  it('are alive as long as they report, by the latest report of each', async () => {
    await heartbeat(db, { name: 'b', ...told });
    await heartbeat(db, { name: 'a', ...told });
    await heartbeat(db, { name: 'b', ...told, workingFrom: 'postgres', inFlight: 0 });
    const rows = await listWorkers(db, { sinceMs: 10_000 });
    expect(rows).toEqual([
      { name: 'a', ...told, seenAt: expect.any(Date) },
      { name: 'b', ...told, workingFrom: 'postgres', inFlight: 0, seenAt: expect.any(Date) },
    ]);
  });

  it('leave the list when they stop reporting, and are deleted after a day', async () => {
    await heartbeat(db, { name: 'silent', ...told });
    await db
      .update(workers)
      .set({ seenAt: sql`now() - interval '11 seconds'` })
      .where(eq(workers.name, 'silent'));
    const names = (await listWorkers(db, { sinceMs: 10_000 })).map((row) => row.name);
    expect(names).not.toContain('silent');
    await db
      .update(workers)
      .set({ seenAt: sql`now() - interval '25 hours'` })
      .where(eq(workers.name, 'silent'));
    await heartbeat(db, { name: 'a', ...told });
    expect(await db.$count(workers, eq(workers.name, 'silent'))).toBe(0);
  });
});

it('stores an operator with a session, and deletes both together', async () => {
  await db.insert(user).values({ id: 'u1', name: 'Op', email: 'op@example.com', role: 'admin' });
  await db.insert(session).values({ id: 's1', token: 't', userId: 'u1', expiresAt: new Date() });
  await db
    .insert(account)
    .values({ id: 'a1', accountId: 'u1', providerId: 'credential', userId: 'u1', password: 'hash' });
  await db.delete(user).where(eq(user.id, 'u1'));
  expect([await db.$count(session), await db.$count(account)]).toEqual([0, 0]);
});

it('survives the loss of its connections, idle and in use, and the next query works', async () => {
  const busy = db.execute(sql`select pg_sleep(30)`).then(
    () => 'finished',
    () => 'lost',
  );
  const inTransaction = db
    .transaction(async (tx) => {
      await tx.execute(sql`select 1`);
      await databases.server().terminateBackends();
      await tx.execute(sql`select 1`);
    })
    .then(
      () => 'finished',
      () => 'lost',
    );
  expect(await Promise.all([busy, inTransaction])).toEqual(['lost', 'lost']);
  expect((await db.execute(sql`select 1 as one`)).rows).toEqual([{ one: 1 }]);
});

it('reports within seconds that Postgres is away', async () => {
  const away = createDb('postgres://nobody@127.0.0.1:1/none');
  await expect(away.execute(sql`select 1`)).rejects.toThrow();
  await away.$client.end();
});
