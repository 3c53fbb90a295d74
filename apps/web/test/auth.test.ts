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
import { roleOfClaims } from '../src/server/sso.ts';
import { signInThere, startOidcProvider } from './oidc.ts';
import type { OidcProvider } from './oidc.ts';

const SITE = 'http://spillway.localhost:3000';
const PASSWORD = randomBytes(18).toString('base64url');

let postgres: PostgresServer;
let db: Db;
let provider: OidcProvider;
let auth: Auth;

beforeAll(async () => {
  postgres = await startPostgres();
  db = createDb(postgres.url);
  await migrate(db.$client);
  provider = await startOidcProvider(`${SITE}/api/auth/callback/sso`);
  auth = createAuth({
    db,
    secret: 'a secret for the tests of the sign-in',
    baseUrl: SITE,
    log: createLog({ service: 'web', level: 'silent' }),
    sso: { ...provider, name: 'Example', roleClaim: 'groups', operators: ['staff'], admins: ['it', 'heads'] },
  });
});

afterAll(async () => {
  await provider.stop();
  await db.$client.end();
  await postgres.stop();
});

let senders = 0;

/** Each from an address of its own: sign-ins are counted by it. */
function post(path: string, body: object, cookie = ''): Promise<Response> {
  return auth.handler(
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

/** The whole way, as a browser goes it. */
async function signOnAs(login: string): Promise<Headers> {
  const begun = await post('/api/auth/sign-in/social', { provider: 'sso', callbackURL: '/admin' });
  expect(begun.status).toBe(200);
  const { url }: { url: string } = JSON.parse(await begun.text());
  const callback = await signInThere(url, login);
  const headers = { cookie: cookiesOf(begun) };
  const back = await auth.handler(new Request(callback, { headers }));
  expect(back.status).toBe(302);
  expect(back.headers.get('location')).toBe('/admin');
  return new Headers({ cookie: cookiesOf(back) });
}

describe('while Postgres is away', () => {
  it('who is signed in is remembered by a signed cookie, for looking only, in any process', async () => {
    const headers = await signIn('anna@example.org', 'operator');
    const session = await auth.sessionOf(headers);
    expect(session).toMatchObject({
      user: { email: 'anna@example.org', role: 'operator' },
      isRemembered: false,
    });
    await postgres.kill();
    const remembered = { user: { email: 'anna@example.org' }, isRemembered: true };
    expect(await auth.sessionOf(headers)).toMatchObject(remembered);
    const another = createAuth({
      db,
      secret: 'a secret for the tests of the sign-in',
      baseUrl: SITE,
      log: createLog({ service: 'web', level: 'silent' }),
      sso: undefined,
    });
    expect(await another.sessionOf(headers)).toMatchObject(remembered);
    const forged = (headers.get('cookie') ?? '').replace(/(session_data=.{20})./, '$1!');
    await expect(auth.sessionOf(new Headers({ cookie: forged }))).rejects.toThrow();
    await expect(auth.sessionOf(new Headers({ cookie: 'spillway.session_token=x' }))).resolves.toBeNull();
    await postgres.start();
    await waitFor(async () => (await auth.sessionOf(headers))?.isRemembered === false);
  });

  it('and after it, Postgres has the word: a new role counts, and a session that was ended is over', async () => {
    const headers = await signIn('bert@example.org', 'viewer');
    const bert = (await listUsers(db)).find((user) => user.email === 'bert@example.org');
    await updateRole(db, bert?.id ?? '', 'admin');
    expect(await auth.sessionOf(headers)).toMatchObject({ user: { role: 'admin' } });
    expect((await post('/api/auth/sign-out', {}, headers.get('cookie') ?? '')).status).toBe(200);
    expect(await auth.sessionOf(headers)).toBeNull();
  });
});

describe('single sign-on', () => {
  it('lets people in as viewers, or as what their groups say, anew each time', async () => {
    expect(await auth.sessionOf(await signOnAs('clara'))).toMatchObject({
      user: { email: 'clara@example.org', role: 'viewer' },
    });
    provider.setGroups('clara', ['staff', 'choir']);
    expect(await auth.sessionOf(await signOnAs('clara'))).toMatchObject({ user: { role: 'operator' } });
    provider.setGroups('clara', []);
    expect(await auth.sessionOf(await signOnAs('clara'))).toMatchObject({ user: { role: 'viewer' } });
    provider.setGroups('dora', ['heads']);
    expect(await auth.sessionOf(await signOnAs('dora'))).toMatchObject({ user: { role: 'admin' } });
  });

  it('finds the user who was created here before', async () => {
    await signIn('emil@example.org', 'viewer');
    provider.setGroups('emil', ['staff']);
    expect(await auth.sessionOf(await signOnAs('emil'))).toMatchObject({ user: { role: 'operator' } });
    const users = (await listUsers(db)).filter((user) => user.email === 'emil@example.org');
    expect(users).toMatchObject([{ hasPassword: true }]);
  });

  it('takes the highest of the roles that a claim stands for', () => {
    const sso = { roleClaim: 'groups', operators: ['staff'], admins: ['it'] };
    expect(roleOfClaims(sso, { groups: ['staff', 'it'] })).toBe('admin');
    expect(roleOfClaims(sso, { groups: 'staff' })).toBe('operator');
    expect(roleOfClaims(sso, {})).toBe('viewer');
  });
});
