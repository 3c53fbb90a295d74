import { waitFor } from '@spillway/devstack';
import type { BrowserContext, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { expectAccessible, fillContact, receiptId, SEND, sees } from '../world.ts';
import type { World } from '../world.ts';

const SUBMIT = '**/api/trpc/submission.submit*';

/** What was sent is kept on the device until nothing of it can be lost. */
export function outboxStories(world: () => World): void {
  it('sent offline, the tab closed, opened again online: one submission, and the way to its receipt', async () => {
    const page = await world().open('/forms/contact');
    await fillContact(page, 'From the train');
    const minted = await page.locator('input[name=_id]').inputValue();
    await page.context().setOffline(true);
    await page.click(SEND);
    await sees(page, 'You are offline');
    await sees(page, 'You may close this page and come back later.');
    await expectAccessible(page);
    await page.close();
    await page.context().setOffline(false);

    const later = await reopen(page.context(), '/');
    await sees(later, 'Has arrived');
    await expectAccessible(later);
    await later.getByRole('link', { name: 'See the receipt' }).click();
    expect(await receiptId(later)).toBe(minted);
    await sees(later, 'Submission processed');
    expect(await world().timesProcessed(minted)).toBe(1);
    // Processed and seen: the device has nothing more to keep.
    await waitFor(async () => (await keptOn(later)).length === 0, { message: 'an empty outbox' });
  });

  it.each([
    ['with the browser’s locks', false],
    ['without them, as on plain HTTP', true],
  ])('two tabs that flush at once send once, %s', async (_, isPlainHttp) => {
    const page = await world().open('/');
    const context = page.context();
    // It came before the script below, and would go by the browser's locks where the tabs go by leases.
    await page.close();
    if (isPlainHttp) await context.addInitScript(() => Reflect.deleteProperty(Navigator.prototype, 'locks'));
    const { tabs, id } = await withUnsent(context, 'From two tabs');
    let requests = 0;
    await context.route(SUBMIT, async (route) => {
      requests += 1;
      await route.continue();
    });
    await Promise.all(tabs.map((tab) => tab.evaluate(() => window.dispatchEvent(new Event('online')))));
    await Promise.all(tabs.map((tab) => sees(tab, 'Has arrived')));
    expect(requests).toBe(1);
    await waitFor(async () => (await world().timesProcessed(id)) === 1, { message: 'it to count once' });
  });

  it('the server killed while it is being sent: sent again when the server is back, and it counts once', async () => {
    const { redis, postgres } = world();
    const web = await world().startWeb({ RATE_LIMIT: 'off' });
    const page = await world().open(`${web.url}/forms/contact`);
    await fillContact(page, 'Into a falling server');
    const minted = await page.locator('input[name=_id]').inputValue();
    // With both stores silent the server holds the request in its hands when it dies.
    await Promise.all([redis.freeze(), postgres.freeze()]);
    try {
      await page.click(SEND);
      await sees(page, 'Sending…');
      await web.kill();
    } finally {
      await Promise.all([redis.resume(), postgres.resume()]);
    }
    await sees(page, 'We did not get an answer');
    const again = await world().startWeb({ RATE_LIMIT: 'off', PORT: new URL(web.url).port });
    try {
      expect(await receiptId(page)).toBe(minted);
      await sees(page, 'Submission processed');
      expect(await world().timesProcessed(minted)).toBe(1);
    } finally {
      await again.stop();
    }
  });

  it('with Redis frozen the sender still gets a receipt', async () => {
    const { open, redis, web } = world();
    const page = await open('/forms/contact');
    await fillContact(page, 'Past the ice');
    await waitFor(
      async () => (await (await fetch(`${web.url}/api/health/ready`)).json()).redis.state === 'up',
    );
    await redis.freeze();
    try {
      await page.click(SEND);
      await sees(page, 'Submission received');
    } finally {
      await redis.resume();
    }
  });

  it('unsent answers can be downloaded, sent by hand and deleted', async () => {
    const page = await world().open('/');
    const { tabs } = await withUnsent(page.context(), 'Mine to keep');
    const [tab] = tabs;
    const saved = tab.waitForEvent('download');
    await tab.getByRole('button', { name: 'Download' }).click();
    const download = await saved;
    expect(download.suggestedFilename()).toMatch(/^contact-\d{4}-\d{2}-\d{2}\.txt$/);
    const text = (await (await download.createReadStream()).toArray()).join('');
    expect(text).toContain('Your message\nMine to keep');

    await tab.getByRole('button', { name: 'Send now' }).click();
    await sees(tab, 'Sending again in');
    tab.once('dialog', (dialog) => void dialog.accept());
    await tab.getByRole('button', { name: 'Delete' }).click();
    await tab.getByText('On this device').waitFor({ state: 'detached' });
    expect(await keptOn(tab)).toEqual([]);
  });

  it('answers that are changed while they wait are not sent automatically', async () => {
    const page = await world().open('/forms/contact');
    await page.context().route(SUBMIT, (route) => route.abort('connectionreset'));
    await fillContact(page, 'First version');
    await page.click(SEND);
    await sees(page, 'We did not get an answer');
    await page.getByLabel('Your message').fill('Second version');
    await sees(page, 'You have changed your answers');
    await waitFor(async () => (await keptOn(page)).length === 0, { message: 'it to be taken back' });
    await page.context().unroute(SUBMIT);
    await page.click(SEND);
    const id = await receiptId(page);
    await sees(page, 'Submission processed');
    expect(await world().timesProcessed(id)).toBe(1);
  });
}

/** A submission that did not get through, and two tabs that show it. */
async function withUnsent(context: BrowserContext, message: string) {
  const page = await reopen(context, '/forms/contact');
  const id = await page.locator('input[name=_id]').inputValue();
  await context.route(SUBMIT, (route) => route.abort('connectionreset'));
  await fillContact(page, message);
  await page.click(SEND);
  await sees(page, 'We did not get an answer');
  await page.close();
  const tabs = [await reopen(context, '/'), await reopen(context, '/')] as const;
  for (const tab of tabs) await sees(tab, 'Not sent yet');
  return { tabs, id };
}

async function reopen(context: BrowserContext, path: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(path);
  return page;
}

/** The keys of what the device keeps. */
function keptOn(page: Page): Promise<IDBValidKey[]> {
  return page.evaluate(
    () =>
      new Promise<IDBValidKey[]>((resolve, reject) => {
        const opening = indexedDB.open('spillway');
        opening.addEventListener('error', () => reject(opening.error ?? new Error('It does not open.')));
        opening.addEventListener('success', () => {
          const asking = opening.result.transaction('outbox').objectStore('outbox').getAllKeys();
          asking.addEventListener('success', () => {
            opening.result.close();
            resolve(asking.result);
          });
        });
      }),
  );
}
