import { expect, it } from 'vitest';
import { ANSWERS, mintedId, postContact } from '../native.ts';
import { expectAccessible, fillContact, receiptId, SEND, sees } from '../world.ts';
import type { World } from '../world.ts';

/** From the sixth on within a minute, a page is asked for a little work. */
const LIMIT = { RATE_LIMIT: '20' };
const FREE = 5;

/** Against floods, without shutting people out. */
export function spamStories(world: () => World): void {
  it('a page at a busy address computes its proof of work unnoticed', async () => {
    const web = await world().startWeb(LIMIT);
    try {
      for (let n = 0; n < FREE; n += 1) {
        const { status } = await postContact({ web }, { ...ANSWERS, message: `Number ${n}` });
        expect(status).toBe(303);
      }
      const page = await world().open(`${web.url}/forms/contact`);
      const statuses: number[] = [];
      page.on('response', (response) => {
        if (response.url().includes('submission.submit')) statuses.push(response.status());
      });
      await fillContact(page, 'From the busy office');
      await page.click(SEND);
      const id = await receiptId(page);
      expect(statuses).toEqual([403, 200]);
      await sees(page, 'Submission processed');
      expect(await world().timesProcessed(id)).toBe(1);
    } finally {
      await web.stop();
    }
  });

  it('a failed challenge loses no answers: they wait, and are sent later', async () => {
    const page = await world().open('/forms/contact');
    const minted = await page.locator('input[name=_id]').inputValue();
    await page.evaluate(() => document.querySelector('input[name=_website]')?.setAttribute('value', 'x'));
    // Every solution is spoilt on its way, as if it came too late.
    await page.route('**/api/trpc/submission.submit*', (route) =>
      route.continue({
        postData: (route.request().postData() ?? '').replace(/derivedKey\\":\\"../, 'derivedKey\\":\\"zz'),
      }),
    );
    await fillContact(page, 'Against the odds');
    await page.click(SEND);
    await sees(page, 'Your answers are kept on this device.');
    expect(await page.getByLabel('Your message').inputValue()).toBe('Against the odds');
    await page.unroute('**/api/trpc/submission.submit*');
    await page.getByRole('button', { name: 'Try now' }).click();
    expect(await receiptId(page)).toBe(minted);
    await sees(page, 'Submission processed');
    expect(await world().timesProcessed(minted)).toBe(1);
  });

  it('people with a keyboard or a screen reader do not reach the trap', async () => {
    const page = await world().open('/forms/contact');
    await expectAccessible(page);
    expect(await page.getByLabel('Leave this empty').count()).toBe(1);
    expect(await page.getByRole('textbox', { name: 'Leave this empty' }).count()).toBe(0);
    await page.getByLabel('Your message').focus();
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Send message');
  });

  it('without JavaScript the trap asks for a second press, with the answers kept', async () => {
    const _id = await mintedId(world());
    const response = await postContact(world(), { _id, ...ANSWERS, _website: 'https://spam.example' });
    expect(response.status).toBe(403);
    const page = await response.text();
    expect(page).toContain('Please press once more');
    expect(page).toContain('By post');
    expect(page).not.toContain('spam.example');
    expect((await postContact(world(), { _id, ...ANSWERS, _website: '' })).status).toBe(303);
  });

  it('without JavaScript the page at a busy address says when to press again, with the answers kept', async () => {
    const web = await world().startWeb(LIMIT);
    try {
      for (let n = 0; n < FREE; n += 1) await postContact({ web }, { ...ANSWERS, message: `Number ${n}` });
      const response = await postContact({ web }, ANSWERS);
      expect(response.status).toBe(429);
      const page = await response.text();
      expect(page).toMatch(/Press the button again in \d+ s; they count only once\./);
      expect(page).toContain('By post');
    } finally {
      await web.stop();
    }
  });
}
