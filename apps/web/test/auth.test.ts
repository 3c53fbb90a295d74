import { randomBytes } from 'node:crypto';
import { createDb, insertUser, listUsers, migrate, updateRole } from '@spillway/db';
import type { Db } from '@spillway/db';
import { startPostgres, waitFor } from '@spillway/devstack';
import type { PostgresServer } from '@spillway/devstack';
import { createLog } from '@spillway/observe';
import { hashPassword } from 'better-auth/crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuth } from '../src/server/auth.ts';
import type { Auth } from '../src/server/auth.ts';
import { readEnv } from '../src/env.ts';
import {
  dropEarlierToken,
  followRoleClaim,
  roleOfClaims,
  withoutUnverifiedAddress,
} from '../src/server/sso.ts';
import { signInThere, startOidcProvider } from './oidc.ts';
import type { OidcProvider } from './oidc.ts';

const SITE = 'http://spillway.localhost:3000';
const SECRET = 'a secret for the tests of the sign-in';
const PASSWORD = randomBytes(18).toString('base64url');

const GROUPS = {
  roleClaim: 'groups',
  viewers: ['readers'],
  operators: ['staff'],
  admins: ['it', 'heads'],
};
const NO_GROUPS = { roleClaim: undefined, viewers: [], operators: [], admins: [] };
const OPTIONS = () => ({
  db,
  secret: SECRET,
  baseUrl: SITE,
  log: createLog({ service: 'web', level: 'silent' }),
  isPostgresDown: () => isDown,
});

let postgres: PostgresServer;
let db: Db;
let provider: OidcProvider;
let auth: Auth;
/** What the queue knows of Postgres. */
let isDown = false;

beforeAll(async () => {
  postgres = await startPostgres();
  db = createDb(postgres.url);
  await migrate(db.$client);
  provider = await startOidcProvider(`${SITE}/api/auth/callback/sso`);
  auth = createAuth({ ...OPTIONS(), sso: { ...provider, name: 'Example', ...GROUPS } });
});

afterAll(async () => {
  auth.close();
  await provider.stop();
  await db.$client.end();
  await postgres.stop();
});

let senders = 0;

/** Each from an address of its own: sign-ins are counted by it. */
function post(path: string, body: object, cookie = '', to: Auth = auth): Promise<Response> {
  return to.handler(
    new Request(SITE + path, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-forwarded-for': `10.0.0.${(senders += 1)}`,
        origin: SITE,
        cookie,
      },
      body: JSON.stringify(body),
    }),
  );
}

function cookiesOf(response: Response): string {
  return response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ');
}

async function signIn(email: string, role: string): Promise<Headers> {
  await insertUser(db, { email, name: email, role, passwordHash: await hashPassword(PASSWORD) });
  const response = await post('/api/auth/sign-in/email', { email, password: PASSWORD });
  expect(response.status).toBe(200);
  return new Headers({ cookie: cookiesOf(response) });
}

/** The whole way, as a browser goes it, up to the answer to the callback. */
async function signOn(login: string, to: Auth = auth): Promise<Response> {
  const begun = await post('/api/auth/sign-in/social', { provider: 'sso', callbackURL: '/admin' }, '', to);
  expect(begun.status).toBe(200);
  const { url }: { url: string } = JSON.parse(await begun.text());
  const callback = await signInThere(url, login);
  return to.handler(new Request(callback, { headers: { cookie: cookiesOf(begun) } }));
}

async function signOnAs(login: string, to: Auth = auth): Promise<Headers> {
  const back = await signOn(login, to);
  expect(back.status).toBe(302);
  expect(back.headers.get('location')).toBe('/admin');
  return new Headers({ cookie: cookiesOf(back) });
}

describe('while Postgres is away', () => {
  it('remembers the sessions that it confirmed to this process, and no other', async () => {
    const headers = await signIn('anna@example.org', 'operator');
    const anna = { email: 'anna@example.org', role: 'operator' };
    expect(await auth.sessionOf(headers)).toMatchObject({ user: anna });
    const another = createAuth({ ...OPTIONS(), sso: undefined });
    await postgres.kill();
    expect(await auth.sessionOf(headers)).toEqual({
      isRemembered: true,
      user: expect.objectContaining(anna),
    });
    await expect(another.sessionOf(headers)).rejects.toThrow();
    const forged = (headers.get('cookie') ?? '').replace(/(session_token=.{40})./, '$1!');
    await expect(auth.sessionOf(new Headers({ cookie: forged }))).resolves.toBeNull();
    await expect(auth.sessionOf(new Headers({ cookie: 'spillway.session_token=x' }))).resolves.toBeNull();
    await postgres.start();
    await waitFor(async () => (await auth.sessionOf(headers))?.isRemembered !== true);
    await another.usersChanged();
    await postgres.kill();
    expect(await another.sessionOf(headers)).toMatchObject({ isRemembered: true, user: anna });
    another.close();
    await postgres.start();
  }, 30_000);

  it('and silent, it counts as away only if the queue says so', async () => {
    const headers = await signIn('carl@example.org', 'viewer');
    expect(await auth.sessionOf(headers)).toMatchObject({ user: { role: 'viewer' } });
    await postgres.freeze();
    try {
      await expect(auth.sessionOf(headers)).rejects.toThrow('no answer within');
      isDown = true;
      expect(await auth.sessionOf(headers)).toMatchObject({ isRemembered: true });
    } finally {
      isDown = false;
      await postgres.resume();
    }
  }, 30_000);

  it('and after it, Postgres decides: a new role counts, and a session that was ended is over', async () => {
    const headers = await signIn('bert@example.org', 'viewer');
    const bert = (await listUsers(db)).find((user) => user.email === 'bert@example.org');
    await updateRole(db, bert?.id ?? '', 'admin');
    expect(await auth.sessionOf(headers)).toMatchObject({ user: { role: 'admin' } });
    expect((await post('/api/auth/sign-out', {}, headers.get('cookie') ?? '')).status).toBe(200);
    expect(await auth.sessionOf(headers)).toBeNull();
    const asked = new Request(`${SITE}/api/auth/get-session`, { headers });
    expect(await (await auth.handler(asked)).json()).toBeNull();
    await postgres.kill();
    await expect(auth.sessionOf(headers)).rejects.toThrow();
    await postgres.start();
  }, 30_000);
});

describe('single sign-on', () => {
  it('gives the role that the groups stand for, at each sign-in; without a matching group there is no access', async () => {
    expect(await auth.sessionOf(await signOnAs('clara'))).toMatchObject({
      user: { email: 'clara@example.org', role: 'none' },
    });
    provider.setGroups('clara', ['staff', 'choir']);
    expect(await auth.sessionOf(await signOnAs('clara'))).toMatchObject({ user: { role: 'operator' } });
    provider.setGroups('clara', ['readers']);
    expect(await auth.sessionOf(await signOnAs('clara'))).toMatchObject({ user: { role: 'viewer' } });
    provider.setGroups('clara', ['choir']);
    expect(await auth.sessionOf(await signOnAs('clara'))).toMatchObject({ user: { role: 'none' } });
    provider.setGroups('dora', ['heads']);
    expect(await auth.sessionOf(await signOnAs('dora'))).toMatchObject({ user: { role: 'admin' } });
  });

  it('a lost group ends the running sessions, and the new session’s cookie does not remember the earlier role', async () => {
    provider.setGroups('fritz', ['it']);
    const running = await signOnAs('fritz');
    expect(await auth.sessionOf(running)).toMatchObject({ user: { role: 'admin' } });
    provider.setGroups('fritz', []);
    const after = await signOnAs('fritz');
    expect(await auth.sessionOf(running)).toBeNull();
    await postgres.kill();
    try {
      const remembered = await auth.sessionOf(after).catch(() => null);
      expect(remembered?.user.role ?? 'none').toBe('none');
    } finally {
      await postgres.start();
    }
  });

  it.each([
    ['missing', undefined],
    ['null', null],
    ['an empty text', ''],
    ['a list with an empty text', ['', ' ']],
    ['a number', 42],
    ['true', true],
    ['an object', { it: true, 0: 'it' }],
    ['a list of lists', [['it']]],
    ['a list of objects', [{ name: 'it' }]],
    ['other spellings', ['IT', ' it', 'it ', 'it,staff']],
    ['a very long list', Array.from({ length: 20_000 }, (_, n) => `group-${n}`)],
  ])('a claim that is %s gives no role', async (name, claim) => {
    const login = `claim-${name.replaceAll(' ', '-')}`;
    provider.setGroups(login, claim);
    expect(await auth.sessionOf(await signOnAs(login))).toMatchObject({ user: { role: 'none' } });
  });

  it('a sign-in without an ID token gives no role, whatever an earlier token said', async () => {
    provider.setGroups('gerda', ['it']);
    await signOnAs('gerda');
    const sso = { ...provider, name: 'Example', ...GROUPS };
    const { rows } = await db.$client.query<{ user_id: string }>(
      `SELECT user_id FROM auth_account WHERE provider_id = 'sso' AND account_id = 'gerda'`,
    );
    const account = { providerId: 'sso', userId: rows[0]?.user_id ?? '' };
    expect(await dropEarlierToken(account)).toEqual({ data: { idToken: null } });
    await followRoleClaim(db, sso, account);
    expect((await listUsers(db)).find(({ email }) => email === 'gerda@example.org')?.role).toBe('none');
  });

  it('finds an existing user, but not by an address that the provider calls unverified', async () => {
    await signIn('emil@example.org', 'viewer');
    provider.setGroups('emil', ['staff']);
    expect(await auth.sessionOf(await signOnAs('emil'))).toMatchObject({ user: { role: 'operator' } });
    const users = (await listUsers(db)).filter((user) => user.email === 'emil@example.org');
    expect(users).toMatchObject([{ hasPassword: true }]);

    await signIn('heinz@example.org', 'admin');
    provider.setUnverified('heinz');
    const back = await signOn('heinz');
    expect(back.headers.get('location')).toContain('error=');
    expect(back.headers.getSetCookie().some((cookie) => cookie.includes('session_token='))).toBe(false);
  });

  it('without a role claim a new user has no access until an admin gives a role, which then stays', async () => {
    const own = createAuth({ ...OPTIONS(), sso: { ...provider, name: 'Example', ...NO_GROUPS } });
    provider.setGroups('ida', ['it']);
    expect(await own.sessionOf(await signOnAs('ida', own))).toMatchObject({ user: { role: 'none' } });
    const ida = (await listUsers(db)).find((user) => user.email === 'ida@example.org');
    await updateRole(db, ida?.id ?? '', 'operator');
    expect(await own.sessionOf(await signOnAs('ida', own))).toMatchObject({ user: { role: 'operator' } });
  });

  it('takes the highest role of a claim, and ignores the names of built-in object properties', () => {
    const sso = { roleClaim: 'groups', viewers: ['all'], operators: ['staff'], admins: ['it'] };
    expect(roleOfClaims(sso, { groups: ['all', 'staff', 'it'] })).toBe('admin');
    expect(roleOfClaims(sso, { groups: 'staff' })).toBe('operator');
    expect(roleOfClaims(sso, { groups: ['all'] })).toBe('viewer');
    expect(roleOfClaims(sso, {})).toBeUndefined();
    const inherited = { roleClaim: 'constructor', viewers: [String(Object)], operators: [], admins: [] };
    expect(roleOfClaims(inherited, {})).toBeUndefined();
  });

  it('accepts an address only if the provider calls it verified, or does not say', () => {
    for (const email_verified of [true, 'true'])
      expect(withoutUnverifiedAddress({ email_verified })).toEqual({});
    expect(withoutUnverifiedAddress({})).toEqual({});
    for (const email_verified of [false, 'false', 'False', 0, 1, null, '', 'no', [true], {}])
      expect(withoutUnverifiedAddress({ email_verified })).toEqual({ email: '' });
  });
});

describe('the environment', () => {
  const BASE = { DATABASE_URL: 'postgres://localhost/spillway', SPILLWAY_SECRET: 'x'.repeat(40) };
  const CLAIM = { SPILLWAY_OIDC_ROLE_CLAIM: 'groups' };

  it.each(
    ['SPILLWAY_OIDC_VIEWERS', 'SPILLWAY_OIDC_OPERATORS', 'SPILLWAY_OIDC_ADMINS'].flatMap((name) =>
      ['it,', ',it', 'it,,staff', ',', ' ', ' , '].map((value) => [name, value] as const),
    ),
  )('%s=%j is refused: an empty entry would match an empty group', (name, value) => {
    expect(() => readEnv({ ...BASE, ...CLAIM, [name]: value })).toThrow(`${name}: must be values`);
  });

  it('values without a claim, and a claim without values, are refused by name', () => {
    for (const name of ['SPILLWAY_OIDC_VIEWERS', 'SPILLWAY_OIDC_OPERATORS', 'SPILLWAY_OIDC_ADMINS'])
      expect(() => readEnv({ ...BASE, [name]: 'it' })).toThrow(`${name} needs SPILLWAY_OIDC_ROLE_CLAIM`);
    expect(() => readEnv({ ...BASE, ...CLAIM })).toThrow('SPILLWAY_OIDC_ROLE_CLAIM needs at least one of');
    expect(() => readEnv({ ...BASE, SPILLWAY_OIDC_ROLE_CLAIM: ' ' })).toThrow('SPILLWAY_OIDC_ROLE_CLAIM');
  });

  it('a list is split at its commas; an empty variable counts as absent', () => {
    const read = readEnv({
      ...BASE,
      ...CLAIM,
      SPILLWAY_OIDC_ADMINS: 'it, heads of it',
      SPILLWAY_OIDC_VIEWERS: '',
    });
    expect(read.SPILLWAY_OIDC_ADMINS).toEqual(['it', 'heads of it']);
    expect(read.SPILLWAY_OIDC_VIEWERS).toBeUndefined();
  });
});
