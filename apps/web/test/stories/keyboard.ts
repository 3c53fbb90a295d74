import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { receiptId, sees } from '../world.ts';
import type { World } from '../world.ts';

const MAX_TABS = 40;

/** No page for everyone needs a mouse. */
export function keyboardStories(world: () => World): void {
  it('from the list of forms to a receipt, over the errors, by keyboard alone', async () => {
    const page = await world().open('/');
    await tabTo(page, 'Skip to the content');
    await tabTo(page, 'Deutsch');
    await tabTo(page, /^Contact us/);
    await page.keyboard.press('Enter');
    await page.getByLabel('Your name').waitFor();

    await tabTo(page, 'Send message');
    await page.keyboard.press('Enter');
    await sees(page, 'There is a problem');
    await tabTo(page, 'Enter your name');
    await page.keyboard.press('Enter');
    expect(await focused(page)).toBe('answer-name');
    await page.keyboard.type('Ada Lovelace');
    await page.keyboard.press('Tab');
    await page.keyboard.type('ada@example.com');
    await page.keyboard.press('Tab');
    await page.keyboard.type('An');
    await page.keyboard.press('Tab');
    await page.keyboard.type('No mouse');
    await tabTo(page, 'Send message');
    await page.keyboard.press('Space');
    const id = await receiptId(page);
    await sees(page, 'Submission processed');
    expect(await world().timesProcessed(id)).toBe(1);
    await tabTo(page, 'Copy address');
    await tabTo(page, 'Print');
    await tabTo(page, 'Find a submission');
  });

  it('choices, a date and a consent, by keyboard alone', async () => {
    const page = await world().open('/forms/registration');
    await page.getByLabel('Full name').focus();
    await page.keyboard.type('Grace Hopper');
    await page.keyboard.press('Tab');
    await page.keyboard.type('grace@example.com');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    await page.keyboard.press('ArrowDown');
    expect(await page.getByLabel('Saturday only').isChecked()).toBe(true);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    expect(await page.getByLabel('Queues that do not forget').isChecked()).toBe(true);
    await tabTo(page, /^answer-arrival$/);
    await page.keyboard.type('05072027');
    await tabTo(page, /^answer-diet$/);
    await page.keyboard.type('Vegan');
    await tabTo(page, /^answer-consent$/);
    await page.keyboard.press('Space');
    await tabTo(page, 'Register');
    await page.keyboard.press('Enter');
    await receiptId(page);
  });

  it('unsent answers are sent, kept or deleted by keyboard alone', async () => {
    const page = await world().open('/forms/contact');
    await page.context().setOffline(true);
    await page.getByLabel('Your name').fill('Ada');
    await page.getByLabel('Email address').fill('ada@example.com');
    await page.getByLabel('Your message').fill('Keys');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await sees(page, 'You are offline');
    await tabTo(page, 'Try now', 'Shift+Tab');
    // Before the network is back: with it, the page sends what is unsent by itself.
    await page.route('**/api/trpc/submission.submit*', (route) => route.abort());
    await page.context().setOffline(false);
    await page.goto('/find');
    await sees(page, 'Not sent yet');
    await tabTo(page, 'Send now');
    await tabTo(page, 'Download');
    await tabTo(page, 'Delete');
    page.once('dialog', (dialog) => void dialog.accept());
    await page.keyboard.press('Enter');
    await page.getByText('Not sent yet').waitFor({ state: 'detached' });
    await tabTo(page, /^answer-reference$/);
    await page.keyboard.type('1');
    await page.keyboard.press('Enter');
    await sees(page, 'Enter a reference like');
  });
}

/** Presses Tab until the focus is on what is called, or has the id, so; and sees that the focus shows. */
async function tabTo(page: Page, name: string | RegExp, key = 'Tab'): Promise<void> {
  for (let tabs = 0; tabs < MAX_TABS; tabs += 1) {
    await page.keyboard.press(key);
    const found = await page.evaluate(() => {
      const element = document.activeElement;
      const isShown = element ? getComputedStyle(element).outlineStyle !== 'none' : false;
      return { names: [element?.textContent?.trim() ?? '', element?.id ?? ''], isShown };
    });
    const isThere = found.names.some((text) => (typeof name === 'string' ? text === name : name.test(text)));
    if (!isThere) continue;
    expect([String(name), found.isShown]).toEqual([String(name), true]);
    return;
  }
  throw new Error(`${String(name)} was not reached with ${MAX_TABS} presses of ${key}.`);
}

function focused(page: Page): Promise<string | undefined> {
  return page.evaluate(() => document.activeElement?.id);
}
