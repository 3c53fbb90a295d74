import { waitFor } from '@spillway/devstack';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { ANSWERS, postContact } from '../native.ts';
import { expectAccessible, fillContact, receiptId, SEND, sees, signIn } from '../world.ts';
import type { World } from '../world.ts';

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
    // Three where the disk was slow: then the first one was written to Postgres too.
    await sees(operator, /^Redis away for .* [23] submissions safe in Postgres, oldest/);
    await expectAccessible(operator);

    await operator.getByRole('link', { name: /^In Postgres/ }).click();
    // The overview says how many, too, and has a button of the same name.
    await operator.waitForURL('**/admin/waiting**');
    await sees(operator, /\b[23] submissions/);
    await operator.getByRole('button', { name: 'Recover now' }).click();
    await sees(operator, /redis cannot be reached/i);
    await expectAccessible(operator);
    await operator.locator('tbody tr').nth(-2).click();
    await sees(operator, '"During the outage <b>1</b>"');
    await operator.getByRole('link', { name: 'Overview' }).click();

    // What waits is worked off straight from Postgres, while Redis is still away.
    await world().startWorker();
    await sees(operator, /^Redis away for .* Postgres accepts everything; nothing is waiting/);
    expect(await world().timesProcessed(ids[1] ?? '')).toBe(1);

    await redis.start();
    await sees(operator, 'All submissions go through Redis.');
    ids.push(await submit(world(), 'After the outage', 'Submission processed'));
    for (const id of ids) {
      await waitFor(async () => (await world().timesProcessed(id)) === 1, {
        message: `${id} processed once`,
      });
    }
  });

  it('with both stores away the answers are kept, and sent automatically when a store is back', async () => {
    const { redis, postgres } = world();
    const operator = await signIn(world());
    const page = await world().open('/forms/contact');
    await fillContact(page, 'Through all of it');
    const minted = await page.locator('input[name=_id]').inputValue();
    await Promise.all([redis.kill(), postgres.kill()]);
    try {
      await page.click(SEND);
      await sees(page, /Not (accepted right now|confirmed yet)/);
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
    await sees(operator, 'All submissions go through Redis.');
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
