import { randomUUID } from 'node:crypto';
import { freePort } from '@spillway/devstack';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { signInThere, startOidcProvider } from '../oidc.ts';
import type { OidcProvider } from '../oidc.ts';
import { expectAccessible, sees } from '../world.ts';
import type { World } from '../world.ts';

const REFUSED = [
  ['SPILLWAY_OIDC_ADMINS: must be values', { SPILLWAY_OIDC_ADMINS: 'it,' }],
  ['SPILLWAY_OIDC_VIEWERS: must be values', { SPILLWAY_OIDC_VIEWERS: ' ' }],
  ['SPILLWAY_OIDC_ROLE_CLAIM needs at least one of', {}],
] as const;

/** What is given to a person, or left open, because a setting does not say otherwise. */
export function defaultsThreats(world: () => World): void {
  let provider: OidcProvider;
  let web: Awaited<ReturnType<World['startWeb']>>;
  let sso: Record<string, string>;

  beforeAll(async () => {
    const PORT = String(await freePort());
    provider = await startOidcProvider(`http://127.0.0.1:${PORT}/api/auth/callback/sso`);
    sso = {
      RATE_LIMIT: 'off',
      SPILLWAY_BASE_URL: `http://127.0.0.1:${PORT}`,
      SPILLWAY_OIDC_ISSUER: provider.issuer,
      SPILLWAY_OIDC_CLIENT_ID: provider.clientId,
      SPILLWAY_OIDC_CLIENT_SECRET: provider.clientSecret,
      SPILLWAY_OIDC_ROLE_CLAIM: 'groups',
    };
    web = await world().startWeb({ ...sso, PORT, SPILLWAY_OIDC_VIEWERS: 'readers' });
  }, 60_000);
  afterAll(async () => {
    await web?.stop();
    await provider?.stop();
  });

  /** Signs in at the provider. Gives the cookies, by name. */
  async function signOn(login: string): Promise<Map<string, string>> {
    const begun = await fetch(`${web.url}/api/auth/sign-in/social`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: web.url },
      body: JSON.stringify({ provider: 'sso', callbackURL: '/admin' }),
    });
    const { url }: { url: string } = JSON.parse(await begun.text());
    const callback = await signInThere(url, login);
    const back = await fetch(callback, {
      redirect: 'manual',
      headers: { cookie: headerOf(cookiesOf(begun)) },
    });
    expect(back.headers.get('location')).toBe('/admin');
    return cookiesOf(back);
  }

  it('a person of the provider without a matching group sees no data, and a page that says so', async () => {
    const cookies = await signOn(`stranger-${randomUUID()}`);
    const headers = { cookie: headerOf(cookies), origin: web.url };
    for (const path of [
      'trpc/admin.overview',
      'trpc/admin.list?input=%7B%22list%22%3A%22processed%22%7D',
      'trpc/admin.me',
      'admin/export?list=processed&format=csv',
    ]) {
      const response = await fetch(`${web.url}/api/${path}`, { headers });
      expect([path, response.status]).toEqual([path, 403]);
    }
    const page = await world().open(web.url);
    await page.context().addCookies([...cookies].map(([name, value]) => ({ name, value, url: web.url })));
    await page.goto(`${web.url}/admin/processed`);
    await sees(page, 'No access');
    await sees(page, /you have no role here/);
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL(/\/admin\/sign-in/);
  });

  it('a person who lost the group loses the access at the next sign-in, in every browser', async () => {
    const login = `leaver-${randomUUID()}`;
    const overview = async (cookies: Map<string, string>) =>
      (await fetch(`${web.url}/api/trpc/admin.overview`, { headers: { cookie: headerOf(cookies) } })).status;
    provider.setGroups(login, ['readers']);
    const running = await signOn(login);
    expect(await overview(running)).toBe(200);
    provider.setGroups(login, ['choir']);
    expect(await overview(await signOn(login))).toBe(403);
    expect(await overview(running)).toBe(401);
  });

  it.each(REFUSED)(
    'a setting that would give access by mistake stops the start: %s',
    async (message, env) => {
      await expect(world().startWeb({ ...sso, ...env })).rejects.toThrow(message);
    },
  );

  it('features that no setting asks for do not exist: no sandbox, no single sign-on', async () => {
    const plain = world().web;
    const { cookies } = await world().session();
    const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
    const ledger = await fetch(`${plain.url}/api/trpc/sandbox.ledger`, { headers: { cookie } });
    expect(ledger.status).toBe(404);
    const social = await fetch(`${plain.url}/api/auth/sign-in/social`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: plain.url },
      body: JSON.stringify({ provider: 'sso', callbackURL: '/admin' }),
    });
    expect(social.status).toBe(404);
  });
}

function cookiesOf(response: Response): Map<string, string> {
  const pairs = response.headers.getSetCookie().map((cookie) => cookie.split(';', 1)[0] ?? '');
  return new Map(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
}

function headerOf(cookies: ReadonlyMap<string, string>): string {
  return [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
}
