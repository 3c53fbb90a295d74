import { randomUUID } from 'node:crypto';
import { createDb, migrate, session as sessions, user as users } from '@spillway/db';
import type { Db } from '@spillway/db';
import { startPostgres } from '@spillway/devstack';
import type { PostgresServer } from '@spillway/devstack';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { rememberSessions } from '../src/server/remembered-sessions.ts';
import type { RememberedSessions } from '../src/server/remembered-sessions.ts';

const HOUR_MS = 60 * 60 * 1000;
const user = { id: randomUUID(), email: 'a@example.org', name: 'A', role: 'admin' };

let postgres: PostgresServer;
let db: Db;
let remembered: RememberedSessions;
let token: string;
let nowMs = 0;

beforeAll(async () => {
  postgres = await startPostgres();
  db = createDb(await postgres.createDatabase());
  await migrate(db.$client);
  await db.insert(users).values(user);
});
beforeEach(async () => {
  nowMs = 1000;
  token = randomUUID();
  remembered = rememberSessions(db, () => nowMs);
  await db.insert(sessions).values({ id: token, token, userId: user.id, expiresAt: known().expiresAt });
  return () => remembered.close();
});
afterAll(async () => {
  await db?.$client.end();
  await postgres?.stop();
});

const known = () => ({ user, expiresAt: new Date(Date.now() + HOUR_MS) });
const end = () => db.delete(sessions).where(eq(sessions.token, token));

describe('a session that has ended is not remembered', () => {
  it('if an answer from before its end arrives after the one that reports it', () => {
    remembered.note(token, null, 1000);
    remembered.note(token, known(), 900);
    expect(remembered.find(token)).toBeUndefined();
  });

  it('if the answer that reports its end was requested first', () => {
    nowMs = 1100;
    remembered.note(token, known(), 1050);
    remembered.note(token, null, 1000);
    expect(remembered.find(token)).toBeUndefined();
  });

  it('if a renewal was under way while it ended', async () => {
    const renewal = remembered.renew();
    nowMs = 1100;
    remembered.note(token, null, 1100);
    await renewal;
    expect(remembered.find(token)).toBeUndefined();
  });

  it('after a renewal, whatever was answered before', async () => {
    remembered.note(token, known(), 1000);
    await end();
    nowMs = 1100;
    await remembered.renew();
    remembered.note(token, known(), 1050);
    expect(remembered.find(token)).toBeUndefined();
  });

  it('after all were forgotten, whatever was asked before', async () => {
    remembered.note(token, known(), 1000);
    const renewal = remembered.renew();
    nowMs = 1100;
    remembered.forgetAll();
    await renewal;
    remembered.note(token, known(), 1050);
    expect(remembered.find(token)).toBeUndefined();
  });
});

it('a session is remembered for 15 minutes after Postgres confirmed it', async () => {
  await remembered.renew();
  nowMs += 15 * 60 * 1000;
  expect(remembered.find(token)).toMatchObject({ isRemembered: true, user: { email: user.email } });
  nowMs += 1;
  expect(remembered.find(token)).toBeUndefined();
});
