import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { expectAccessible, fillContact, receiptId, SEND, sees } from '../world.ts';
import type { World } from '../world.ts';

/** What a person is told when it does not work. */
export function failureStories(world: () => World): void {
  it('with both stores away and no JavaScript, the page says so, keeps the answers, and a later press counts', async () => {
    const page = await world().open('/forms/contact', { javaScriptEnabled: false });
    await fillContact(page, 'By hand');
    const minted = await page.locator('input[name=_id]').inputValue();
    await withoutStores(world(), async () => {
      await page.click(SEND);
      await sees(page, /Not (accepted right now|confirmed yet)/);
      await sees(page, /Press the button again in \d+ s; they count only once\./);
      expect(await page.getByLabel('Your message').inputValue()).toBe('By hand');
    });
    await pressUntilAccepted(page);
    expect(await receiptId(page)).toBe(minted);
    await sees(page, 'Submission processed');
  });

  it('a press before the script was loaded is repeated automatically, with a countdown', async () => {
    const page = await world().open('/forms/contact');
    await fillContact(page, 'Too fast for the script');
    const minted = await page.locator('input[name=_id]').inputValue();
    await withoutStores(world(), async () => {
      await page.evaluate(() => document.querySelector('form')?.submit());
      await sees(page, /Not (accepted right now|confirmed yet)/);
      await sees(page, /Sending again in \d+ s/);
      await expectAccessible(page);
    });
    expect(await receiptId(page)).toBe(minted);
    await sees(page, 'Submission processed');
    expect(await world().timesProcessed(minted)).toBe(1);
  });

  it('the page says that answers are too large, and keeps them', async () => {
    const page = await world().open('/forms/contact');
    await fillContact(page, 'In the middle of something');
    await page.route('**/api/trpc/submission.submit*', (route) =>
      route.continue({ postData: JSON.stringify({ data: { text: 'x'.repeat(2_000_000) } }) }),
    );
    await page.click(SEND);
    await sees(page, 'Your answers are too long');
    expect(await page.getByLabel('Your message').inputValue()).toBe('In the middle of something');
    await expectAccessible(page);
  });
}

async function withoutStores({ redis, postgres }: World, story: () => Promise<void>): Promise<void> {
  await Promise.all([redis.kill(), postgres.kill()]);
  try {
    await story();
  } finally {
    await Promise.all([redis.start(), postgres.start()]);
  }
}

/** The server notices within seconds that its stores are back. */
async function pressUntilAccepted(page: Page): Promise<void> {
  for (let press = 0; press < 20 && !page.url().includes('receipt='); press += 1) {
    await page.click(SEND);
    await page.waitForLoadState();
  }
}
