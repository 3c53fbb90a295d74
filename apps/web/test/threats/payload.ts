import type { Receipt } from '@spillway/api';
import { waitFor } from '@spillway/devstack';
import { newId } from '@spillway/queue';
import { sql } from 'drizzle-orm';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { sees, signIn } from '../world.ts';
import type { World } from '../world.ts';

const SCRIPT = `"'><img src=x onerror="window.pwned=1"><script>window.pwned=1</script><svg onload="window.pwned=1">`;
const INJECTED = `
  <p style="position: fixed; inset: 0">x</p><style>body { display: none }</style>
  <img src=x onerror="window.pwned=1"><iframe src="javascript:parent.pwned=1"></iframe><object data="/icon.svg"></object>
  <script>window.pwned=1</script><script src="data:text/javascript,window.pwned=1"></script>
  <script src="http://localhost:1/x.js"></script><base href="http://localhost:1/">
  <a id="injected-link" href="javascript:window.pwned=1">x</a>
  <form id="injected-form" action="http://localhost:1/"><input name="x"></form>`;
const PAGES = ['/', '/forms/contact', '/forms/registration', '/find', '/problems/conflict', '/nowhere'];

/** Data that wants to be more than data. */
export function payloadThreats(world: () => World): void {
  it('every page has a policy without exceptions', async () => {
    for (const path of [...PAGES, '/admin/sign-in', '/_next/nothing', '/s/nothing']) {
      const { headers } = await fetch(world().web.url + path);
      const policy = headers.get('content-security-policy') ?? '';
      expect([path, policy]).toEqual([path, expect.stringMatching(/script-src 'self' 'nonce-[\w+/=]{24}';/)]);
      expect([path, policy]).toEqual([path, expect.not.stringContaining('unsafe')]);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  it('a nonce is used once', async () => {
    const policies = [1, 2].map(async () =>
      (await fetch(world().web.url)).headers.get('content-security-policy'),
    );
    const [one, other] = await Promise.all(policies);
    expect(one).not.toBe(other);
  });

  it('an injected script, handler, style or form target does nothing', async () => {
    const page = await world().open('/find');
    const before = world().violations.length;
    await page.route('**/forms/contact', async (route) => {
      const response = await route.fetch();
      await route.fulfill({
        response,
        body: (await response.text()).replace('</body>', `${INJECTED}</body>`),
      });
    });
    await page.goto('/forms/contact');
    await page.evaluate(() => {
      document.querySelector<HTMLAnchorElement>('#injected-link')?.click();
      document.querySelector<HTMLFormElement>('#injected-form')?.submit();
      const script = document.createElement('script');
      script.textContent = 'window.pwned = 1';
      document.body.append(script);
    });
    const objections = () => world().violations.slice(before);
    await waitFor(() => objections().length >= 11, { message: 'the browser’s objections' });
    await expectUnharmed(page);
    expect(await page.evaluate(() => getComputedStyle(document.body).display)).not.toBe('none');
    expect(new URL(page.url()).pathname).toBe('/forms/contact');
  });

  it('markup in answers is text: in the form that comes back, and on the operator’s page', async () => {
    const page = await world().open('/forms/contact', { javaScriptEnabled: false });
    await page.getByLabel('Your name').fill(SCRIPT);
    await page.getByLabel('Email address').fill('no address');
    await page.getByLabel('Your message').fill(SCRIPT);
    await page.click('button[type=submit]');
    expect(await page.getByLabel('Your message').inputValue()).toBe(SCRIPT);
    expect(await page.locator('img, svg[onload]').count()).toBe(0);

    await world().stopWorker();
    const id = newId();
    await world().redis.kill();
    try {
      const data = { [SCRIPT]: SCRIPT, link: 'javascript:window.pwned=1', list: [SCRIPT] };
      await submit(world(), { id, data });
      const storageState = await world().session();
      const admin = await world().open(`/admin/submissions/${id}`, { storageState });
      await sees(admin, /onerror=/);
      await expectUnharmed(admin);
      expect(await admin.locator('a[href^="javascript:"]').count()).toBe(0);
    } finally {
      await world().redis.start();
      await world().startWorker();
    }
  });

  it('after all these attacks, no page violated its own policy', async () => {
    const before = world().violations.length;
    for (const path of PAGES) await sees(await world().open(path), /Spillway/);
    await sees(await signIn(world()), 'Live');
    expect(world().violations.slice(before)).toEqual([]);
  });

  it('no log contains what people wrote, after success and after failure', async () => {
    const word = `quite-${newId()}-private`;
    await submit(world(), { data: { word } });
    const refused = await fetch(`${world().web.url}/api/submit`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ form: 'contact', data: { name: word, [word]: word } }),
    });
    expect(refused.status).toBe(422);
    await submitWhileItFails(world(), word);
    expect(world().web.output()).not.toContain(word);
    expect(world().workerOutput()).not.toContain(word);
    const metrics = await (await fetch(`${world().web.url}/api/metrics`)).text();
    expect(metrics).not.toContain(word);
  });
}

async function submit({ web }: World, body: object): Promise<Receipt> {
  const response = await fetch(`${web.url}/api/submit`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(202);
  return response.json();
}

/** Postgres quotes the row that it refuses, in the error's `detail`. */
async function submitWhileItFails(world: World, word: string): Promise<void> {
  const { db } = world;
  await db.execute(
    sql`alter table submissions add constraint nothing_private check (data::text not like '%private%') not valid`,
  );
  try {
    const { id } = await submit(world, { data: { word } });
    await waitFor(() => world.workerOutput().includes(id), { message: 'the worker’s log of the failure' });
    expect(world.workerOutput()).toContain('nothing_private');
  } finally {
    await db.execute(sql`alter table submissions drop constraint nothing_private`);
  }
}

async function expectUnharmed(page: Page): Promise<void> {
  expect(await page.evaluate(() => 'pwned' in window)).toBe(false);
}
