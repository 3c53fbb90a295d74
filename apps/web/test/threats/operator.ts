import { auditLog } from '@spillway/db';
import { expect, it } from 'vitest';
import { postSignIn } from '../native.ts';
import { signIn } from '../world.ts';
import type { World } from '../world.ts';
import { startForeignSite } from './foreign-site.ts';

/** Somebody who has an operator's browser at hand, but not the operator: another site's page, a frame, a stolen cookie. */
export function operatorThreats(world: () => World): void {
  it('another site’s page changes nothing with an operator’s cookie, and signs no operator out', async () => {
    const { web } = world();
    const { cookies } = await world().session();
    const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
    for (const path of ['trpc/admin.recoverNow', 'trpc/admin.discard', 'trpc/admin.retry', 'auth/sign-out']) {
      for (const where of [
        { 'sec-fetch-site': 'cross-site' },
        { 'sec-fetch-site': 'same-site', origin: web.url },
        { origin: 'https://evil.example' },
        { origin: 'null' },
      ]) {
        const response = await fetch(`${web.url}/api/${path}`, {
          method: 'POST',
          headers: { cookie, 'content-type': 'application/json', ...where },
          body: JSON.stringify({ ids: ['01930000-0000-7000-8000-000000000001'] }),
        });
        expect([path, where, response.status]).toEqual([path, where, 403]);
      }
    }
    const still = await fetch(`${web.url}/api/trpc/admin.overview`, { headers: { cookie } });
    expect(still.status).toBe(200);
  });

  it('another site’s page starts no export and no query as an operator, neither by an image nor by a link', async () => {
    const { web, db } = world();
    const asked = `${web.url}/api/admin/export?list=processed`;
    const attack = await startForeignSite(
      `<img src="${asked}"><a id="export" href="${asked}">x</a><a id="query" href="${web.url}/api/trpc/admin.settings">x</a>`,
    );
    const before = await db.$count(auditLog);
    try {
      const page = await world().open(attack.url, { storageState: await world().session() });
      for (const [id, url] of [
        ['export', asked],
        ['query', `${web.url}/api/trpc/admin.settings`],
      ] as const) {
        await page.goto(attack.url);
        const [answer] = await Promise.all([page.waitForResponse(url), page.click(`#${id}`)]);
        expect([id, answer.status()]).toEqual([id, 403]);
      }
      expect(await db.$count(auditLog)).toBe(before);
      // From our own page it is what the operator wants.
      const own = await world().open('/admin', { storageState: await world().session() });
      const status = await own.evaluate((path) => fetch(path).then((answer) => answer.status), asked);
      expect(status).toBe(200);
      expect(await db.$count(auditLog)).toBe(before + 1);
    } finally {
      await attack.stop();
    }
  });

  it('only the routes of the sign-in library that sign in and out can be reached, even by an admin', async () => {
    const { web } = world();
    const { cookies } = await world().session();
    const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
    const headers = { cookie, origin: web.url, 'content-type': 'application/json' };
    for (const path of [
      'admin/set-role',
      'admin/impersonate-user',
      'sign-up/email',
      'update-user',
      'delete-user',
    ]) {
      const response = await fetch(`${web.url}/api/auth/${path}`, { method: 'POST', headers, body: '{}' });
      expect([path, response.status]).toEqual([path, 404]);
    }
    expect((await fetch(`${web.url}/api/auth/admin/list-users`, { headers })).status).toBe(404);
  });

  it('no other site can show the page in a frame, to trick people into pressing its buttons', async () => {
    const attack = await startForeignSite(`<iframe src="${world().web.url}/admin"></iframe>`);
    try {
      const page = await world().open(attack.url, { storageState: await world().session() });
      await page.waitForFunction(() => performance.getEntriesByType('resource').length > 0);
      const frames = page.frames().map((frame) => frame.url());
      expect(frames).toEqual([attack.url, 'chrome-error://chromewebdata/']);
    } finally {
      await attack.stop();
    }
  });

  it('no script can read the session’s cookie, and no other site’s request carries it', async () => {
    const page = await signIn(world());
    expect(await page.evaluate(() => document.cookie)).toBe('');
    const [cookie] = (await page.context().cookies()).filter(({ name }) => name.includes('session_token'));
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/' });
  });

  it('behind TLS the cookie is Secure and only for this host, browsers insist on TLS, and the sign-in works', async () => {
    const { operator } = world();
    const origin = 'https://forms.example.org';
    const web = await world().startWeb({ SPILLWAY_BASE_URL: origin });
    try {
      const response = await fetch(`${web.url}/api/auth/sign-in/email`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin },
        body: JSON.stringify({ email: operator.email, password: operator.password }),
      });
      expect(response.status).toBe(200);
      expect(response.headers.get('strict-transport-security')).toBe('max-age=31536000');
      const [cookie = ''] = response.headers.getSetCookie();
      expect(cookie).toMatch(/^__Host-spillway\.session_token=/);
      expect(cookie.split('; ').slice(1).sort()).toEqual([
        'HttpOnly',
        expect.stringMatching(/^Max-Age=/),
        'Path=/',
        'SameSite=Lax',
        'Secure',
      ]);
      const [pair = ''] = cookie.split(';');
      const overview = await fetch(`${web.url}/api/trpc/admin.overview`, { headers: { cookie: pair } });
      expect(overview.status).toBe(200);
      expect((await postSignIn(web.url, operator.email, operator.password)).status).toBe(403);
    } finally {
      await web.stop();
    }
  });
}
