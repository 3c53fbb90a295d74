import { waitFor } from '@spillway/devstack';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { ANSWERS, postContact } from '../native.ts';
import { expectAccessible, fillContact, receiptId, SEND, sees, signIn } from '../world.ts';
import type { World } from '../world.ts';

/** Rows on a page of the backlog. */
const PAGE_SIZE = 50;

/** What senders and operators are promised while stores go and come back. */
export function outageStories(world: () => World): void {
  it('with Redis up, killed and back, senders get their receipts and the operator sees it all', async () => {
    const { redis } = world();
    await world().stopWorker();
    const operator = await signIn(world());
    const ids = [await submit(world(), 'Before the outage', 'In Redis, written to disk.')];

    await redis.kill();
    await sees(operator, /^Redis away for/);
    ids.push(await submit(world(), 'During the outage <b>1</b>', 'In Postgres, written to disk.'));
    ids.push(await submitNatively(world(), 'During the outage, without JavaScript'));
    await sees(operator, /^Redis away for .* 2 submissions safe in Postgres, oldest/);
    await sees(operator, '2 submissions, oldest first');
    await expectAccessible(operator);

    await operator.locator('tbody tr').first().click();
    await sees(operator, '"During the outage <b>1</b>"');
    await expectAccessible(operator);
    await operator.keyboard.press('Escape');
    await operator.getByRole('button', { name: 'Recover now' }).click();
    await sees(operator, /redis cannot be reached/i);

    // What waits is worked off straight from Postgres, while Redis is still away.
    await world().startWorker();
    await sees(operator, /^Redis away for .* Postgres takes everything; nothing is waiting/);
    expect(await world().timesProcessed(ids[1] ?? '')).toBe(1);

    await redis.start();
    await sees(operator, 'All flows through Redis.');
    ids.push(await submit(world(), 'After the outage', 'Submission processed'));
    for (const id of ids) {
      await waitFor(async () => (await world().timesProcessed(id)) === 1, {
        message: `${id} processed once`,
      });
    }
  });

  it('a long backlog is read page by page', async () => {
    const { redis, web } = world();
    await world().stopWorker();
    await redis.kill();
    try {
      const sent = Array.from({ length: PAGE_SIZE + 3 }, (_, index) =>
        fetch(`${web.url}/api/submit`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ data: { index } }),
        }),
      );
      for (const { status } of await Promise.all(sent)) expect(status).toBe(202);
      const page = await signIn(world());
      await sees(page, `${PAGE_SIZE + 3} submissions, oldest first`);
      expect(await page.locator('tbody tr').count()).toBe(PAGE_SIZE);
      await page.getByRole('button', { name: 'Next page' }).click();
      await page.waitForURL(/page=/);
      await page.locator('tbody tr').nth(3).waitFor({ state: 'detached' });
      expect(await page.locator('tbody tr').count()).toBe(3);
      await page.getByRole('button', { name: 'First page' }).click();
      await page
        .locator('tbody tr')
        .nth(PAGE_SIZE - 1)
        .waitFor();
    } finally {
      await redis.start();
      await world().startWorker();
    }
    const operator = await signIn(world());
    await sees(operator, 'All flows through Redis.');
    await sees(operator, 'Nothing is waiting here');
  });

  it('the filters live in the address', async () => {
    const page = await signIn(world());
    await page.getByRole('combobox', { name: 'Form' }).selectOption('contact');
    await page.waitForURL(/form=contact/);
    await page.getByRole('combobox', { name: 'Waiting' }).selectOption('10m');
    await page.waitForURL(/age=10m/);
    await sees(page, 'Nothing matches these filters');
    await page.reload();
    await sees(page, 'Nothing matches these filters');
    expect(await page.getByRole('combobox', { name: 'Form' }).inputValue()).toBe('contact');
    await page.getByRole('button', { name: 'Clear' }).click();
    await sees(page, 'Nothing is waiting here');
  });

  it('with both stores away the answers are kept, and sent by themselves when a store is back', async () => {
    const { redis, postgres } = world();
    const operator = await signIn(world());
    const page = await world().open('/forms/contact');
    await fillContact(page, 'Through all of it');
    const minted = await page.locator('input[name=_id]').inputValue();
    await Promise.all([redis.kill(), postgres.kill()]);
    try {
      await page.click(SEND);
      await sees(page, /Not (accepted at the moment|confirmed yet)/);
      await sees(page, /Sending again in \d+ s/);
      await expectAccessible(page);
      const posted = await postContact(world(), ANSWERS);
      expect(posted.status).toBe(503);
      expect(Number(posted.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(await posted.text()).toContain('By post');
      await sees(operator, /^Postgres away for .* Nothing can be accepted until a store is back/);
    } finally {
      await Promise.all([redis.start(), postgres.start()]);
    }
    expect(await receiptId(page)).toBe(minted);
    await sees(page, 'Submission processed');
    expect(await world().timesProcessed(minted)).toBe(1);
    await sees(operator, 'All flows through Redis.');
  });

  it('an operations page that loses the server keeps the last state, marked stale, and comes back live', async () => {
    const page = await signIn(world());
    await page.context().setOffline(true);
    await page.route('**/api/trpc/admin.watch*', (route) => route.abort());
    await page.getByRole('combobox', { name: 'Form' }).selectOption('contact');
    await sees(page, 'Stale');
    await sees(page, 'All flows through Redis.');
    await page.unroute('**/api/trpc/admin.watch*');
    await page.context().setOffline(false);
    await sees(page, 'Live');
  });
}

async function submit(world: World, message: string, expected: string): Promise<string> {
  const page = await world.open('/forms/contact');
  await fillContact(page, message);
  await page.click(SEND);
  return receiptWith(page, expected);
}

async function submitNatively(world: World, message: string): Promise<string> {
  const page = await world.open('/forms/contact', { javaScriptEnabled: false });
  await fillContact(page, message);
  await page.click(SEND);
  return receiptWith(page, 'In Postgres, written to disk.');
}

async function receiptWith(page: Page, expected: string): Promise<string> {
  const id = await receiptId(page);
  await sees(page, expected);
  return id;
}
