import { submissions } from '@spillway/db';
import { waitFor } from '@spillway/devstack';
import { expect, it } from 'vitest';
import { ANSWERS, postContact, postSignIn } from '../native.ts';
import type { World } from '../world.ts';
import { startForeignSite } from './foreign-site.ts';
import { postEndlessly } from './send-raw.ts';

const MIB = 1024 * 1024;
const JSON_TYPE = { 'content-type': 'application/json' };

/** Whoever can reach the site, with whatever program, or with a page that others open. */
export function senderThreats(world: () => World): void {
  it.each([
    ['/api/submit', JSON_TYPE],
    ['/api/trpc/submission.submit', JSON_TYPE],
    ['/api/auth/sign-in/email', JSON_TYPE],
  ])('a body without an end is refused at %s while it is still being sent', async (path, headers) => {
    const { status, sentBytes } = await postEndlessly(world().web.url + path, headers, 64 * MIB);
    expect([413, 0]).toContain(status);
    expect(sentBytes).toBeLessThan(16 * MIB);
  });

  it.each(['/forms/contact', '/find', '/', '/admin'])(
    'a post to %s is read only up to its limit',
    async (path) => {
      const body = new URLSearchParams({ message: 'x'.repeat(24 * MIB) });
      const response = await fetch(world().web.url + path, { method: 'POST', body });
      // The other pages look at nothing that is posted.
      expect(response.status).toBe(path === '/forms/contact' || path === '/find' ? 413 : 200);
    },
  );

  it.each([
    ['application/x-www-form-urlencodedx', 415],
    ['multipart/form-data', 415],
    ['x; application/x-www-form-urlencoded', 415],
    ['Application/X-WWW-Form-URLEncoded', 422],
    ['application/x-www-form-urlencoded; charset=x', 422],
  ])('a form that comes as %s is answered with %i', async (type, status) => {
    for (const path of ['/forms/contact', '/find']) {
      const headers = { 'content-type': type };
      const response = await fetch(world().web.url + path, { method: 'POST', headers, body: 'a=b' });
      expect([path, response.status]).toEqual([path, status]);
    }
  });

  it('another site’s page cannot submit in its visitor’s name, by script or by a form that posts itself', async () => {
    const { web, db } = world();
    const before = await db.$count(submissions);
    const attack = await startForeignSite(`
      <form method="post" action="${web.url}/forms/contact">
        <input name="name" value="Mallory"><input name="email" value="m@example.com">
        <input name="message" value="Not by the person who sent it">
      </form>
      <script>
        const post = (path) => fetch('${web.url}' + path, {
          method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"data":{"by":"Mallory"}}',
        }).then((response) => response.status, () => 'refused');
                const blind = (path) => fetch('${web.url}' + path, { method: 'POST', mode: 'no-cors', body: '{"data":{"by":"Mallory"}}' })
          .then(() => 'answered', () => 'refused');
        Promise.all(['/api/submit', '/api/trpc/submission.submit'].flatMap((path) => [post(path), blind(path)]))
          .then((results) => { window.results = results; });
      </script>`);
    try {
      const page = await world().open(attack.url);
      await page.waitForFunction('window.results');
      expect(await page.evaluate('window.results')).toEqual(Array(4).fill('refused'));
      const [answer] = await Promise.all([
        page.waitForResponse(`${web.url}/forms/contact`),
        page.evaluate('document.forms[0].submit()'),
      ]);
      expect(answer.status()).toBe(403);
      // Now it is the site's own page, with the answers in it: what is sent from here, a person sends.
      await page.getByText('This could not be sent').waitFor();
      expect(await page.getByLabel('Your message').inputValue()).toBe('Not by the person who sent it');
    } finally {
      await attack.stop();
    }
    // Something honest afterwards: when it is processed, all that was accepted before it is.
    expect((await postContact(world(), ANSWERS)).status).toBe(303);
    await waitFor(async () => (await db.$count(submissions)) > before);
    expect(await db.$count(submissions)).toBe(before + 1);
  });

  it('guessing passwords is slowed down, whatever address the sender claims', async () => {
    const web = await world().startWeb({ RATE_LIMIT: 'off' });
    try {
      const guess = async () => (await postSignIn(web.url, 'a@b.example', 'a wrong password')).status;
      expect([await guess(), await guess(), await guess(), await guess()]).toEqual([401, 401, 401, 429]);
    } finally {
      await web.stop();
    }
  });

  it('the framework’s built-in addresses reveal nothing', async () => {
    const { url } = world().web;
    for (const path of ['/_next/image?url=%2Ficon.svg&w=64&q=75', '/_next/nothing', '/api/nothing', '/api']) {
      const response = await fetch(url + path);
      expect([path, response.status]).toEqual([path, 404]);
      expect([path, response.headers.get('content-security-policy')]).toEqual([path, expect.anything()]);
    }
    const action = await fetch(`${url}/find`, {
      method: 'POST',
      headers: { 'next-action': 'a'.repeat(42), 'content-type': 'text/plain' },
      body: '[]',
    });
    expect(action.status).toBeLessThan(500);
  });
}
