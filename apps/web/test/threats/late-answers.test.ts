import { setTimeout as sleep } from 'node:timers/promises';
import { insertUser, user } from '@spillway/db';
import { waitFor } from '@spillway/devstack';
import { hashPassword } from 'better-auth/crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSite } from './site.ts';
import type { Site } from './site.ts';

/** At once, with one cookie. */
const CALLS = 60;
const FLOOD = 300;
const OLD_PASSWORD = 'the-first-Passphrase-of-41';
const LOOKS = ['admin.overview', 'admin.list', 'admin.me'];
const CHANGES = ['admin.users.create', 'admin.users.setRole', 'admin.pause', 'admin.changePassword'];
const ALL = [...LOOKS, ...CHANGES];

let site: Site;
let boss: Headers;
/** Cookies that were good once, by what happened to their session. */
const cookies = new Map<string, Headers>();

beforeAll(async () => {
  site = await startSite();
  boss = await site.signIn('boss@example.org', 'admin');
  const change = async (procedure: string, email: string, more: object = {}) =>
    site.must(`admin.users.${procedure}`, boss, { id: await site.idOf(email), ...more });
  for (const name of ['removed', 'demoted', 'disabled', 'changed']) {
    const email = `${name}@example.org`;
    const headers = await site.signIn(email, 'admin');
    await site.must('admin.users.list', headers);
    cookies.set(name, headers);
    if (name === 'removed') await change('remove', email);
    if (name === 'demoted') await change('setRole', email, { role: 'viewer' });
    if (name === 'disabled') await change('disable', email);
    if (name === 'changed') await change('setPassword', email, { password: 'quite-another-Passphrase-41' });
  }
}, 60_000);
afterAll(() => site?.close());

/** What one cookie got, over many calls at once. */
async function answersTo(name: string, procedures: readonly string[], calls: number): Promise<Set<string>> {
  const headers = cookies.get(name);
  if (!headers) throw new Error(`There is no cookie ${name}.`);
  const asked = Array.from({ length: calls }, (_, n) => procedures[n % procedures.length] ?? '');
  return new Set(
    await Promise.all(asked.map((procedure) => site.call(procedure, headers, { unknown: true }))),
  );
}

/** What a demoted admin may: a viewer's looks, and to fail at their inputs. */
const REFUSED = ['unauthorized', 'uncheckable'];
const VIEWERS = [...REFUSED, 'ok', 'invalid', 'forbidden'];

async function expectRefusals(calls = CALLS): Promise<void> {
  for (const name of ['removed', 'disabled', 'changed']) {
    const answers = await answersTo(name, ALL, calls);
    expect(REFUSED).toEqual(expect.arrayContaining([...answers]));
  }
  const answers = await answersTo(
    'demoted',
    ['admin.users.create', 'admin.users.setRole', 'admin.pause'],
    calls,
  );
  expect(['forbidden', 'uncheckable']).toEqual(expect.arrayContaining([...answers]));
  expect(VIEWERS).toEqual(expect.arrayContaining([...(await answersTo('demoted', LOOKS, calls))]));
}

it('a session that began while its user was being disabled opens nothing', async () => {
  const email = 'just-in-time@example.org';
  const headers = await site.signIn(email, 'admin');
  expect(await site.call('admin.me', headers)).toBe('ok');
  // What is left where the sign-in's session is written right after the change has ended the others.
  await site.db.update(user).set({ banned: true }).where(eq(user.email, email));
  for (const procedure of ALL)
    expect(await site.call(procedure, headers, { unknown: true })).toBe('unauthorized');
});

it('a sign-in with the old password does not outlive the change of the password', async () => {
  const email = 'changing@example.org';
  await insertUser(site.db, {
    email,
    name: 'C',
    role: 'admin',
    passwordHash: await hashPassword(OLD_PASSWORD),
  });
  const id = await site.idOf(email);
  // Some check the password before the change, some while it is made, some after it.
  const signIns = Array.from({ length: 12 }, async (_, n) => {
    await sleep(n * 20);
    return site.signInWith(email, OLD_PASSWORD);
  });
  await site.must('admin.users.setPassword', boss, { id, password: 'quite-another-Passphrase-41' });
  for (const headers of await Promise.all(signIns))
    if (headers) expect(await site.call('admin.me', headers)).toBe('unauthorized');
  expect(await site.signInWith(email, 'quite-another-Passphrase-41')).toBeDefined();
}, 60_000);

describe('a session that has ended opens nothing', () => {
  it('while many calls ask at once', () => expectRefusals(FLOOD), 120_000);

  it('while every connection is taken', async () => {
    const pool = site.db.$client;
    const taken = await Promise.all(Array.from({ length: pool.options.max }, () => pool.connect()));
    try {
      await expectRefusals();
      // Late is not away: also who is signed in is refused, and not believed by a memory.
      expect(await site.call('admin.overview', boss)).toBe('uncheckable');
    } finally {
      for (const client of taken) client.release();
    }
    await waitFor(async () => (await site.call('admin.overview', boss)) === 'ok');
  }, 60_000);

  it('while Postgres answers late', async () => {
    site.network.delay(2_000);
    try {
      await expectRefusals();
      expect(await site.call('admin.users.list', boss)).toBe('uncheckable');
    } finally {
      site.network.heal();
    }
    await waitFor(async () => (await site.call('admin.users.list', boss)) === 'ok');
  }, 60_000);

  it('while the process itself stalls', async () => {
    const stall = setInterval(() => {
      const until = performance.now() + 700;
      while (performance.now() < until);
    }, 800);
    try {
      await expectRefusals();
    } finally {
      clearInterval(stall);
    }
  }, 120_000);

  it('while Postgres is silent, and counts as away', async () => {
    site.network.blackhole();
    try {
      await waitFor(() => site.queue.health().postgres.state === 'down');
      await expectRefusals();
      expect(await site.call('admin.me', boss)).toBe('ok');
      expect(await site.call('admin.users.list', boss)).toBe('uncheckable');
    } finally {
      site.network.heal();
    }
    await waitFor(async () => (await site.call('admin.users.list', boss)) === 'ok');
  }, 60_000);
});
