import { waitFor } from '@spillway/devstack';
import { expect, it } from 'vitest';
import { expectAccessible, fillContact, receiptId, SEND, sees } from '../world.ts';
import type { World } from '../world.ts';

/** "Has it arrived?" */
export function findStories(world: () => World): void {
  it.each([
    ['with JavaScript', {}],
    ['without JavaScript', { javaScriptEnabled: false }],
  ])('what was written down of a receipt leads back to it, %s', async (_, options) => {
    const sender = await world().open('/forms/contact');
    await fillContact(sender, 'Find me');
    await sender.click(SEND);
    const id = await receiptId(sender);
    await sees(sender, 'Submission processed');
    const reference = await sender.getByText(/^([0-9A-F]{4}-){4}[0-9A-F]{4}$/).innerText();

    const page = await world().open('/find', options);
    await page.click(SEND);
    await sees(page, 'There is a problem');
    expect(await page.title()).toMatch(/^Error: /);
    await sees(page, 'Enter your reference');
    await page.getByLabel('Reference').fill(reference);
    await page.getByLabel('Email address or receipt code').fill('eve@example.com');
    await page.click(SEND);
    await sees(page, 'We found no submission with this reference');
    expect(await page.getByLabel('Reference').inputValue()).toBe(reference);
    await page.getByLabel('Email address or receipt code').fill('ADA@example.com');
    await page.click(SEND);
    expect(await receiptId(page)).toBe(id);
    await sees(page, reference);
  });

  it('each error of the page is linked to its field, and takes the focus', async () => {
    const page = await world().open('/find');
    await expectAccessible(page);
    await page.getByLabel('Reference').fill('1234');
    await page.click(SEND);
    await sees(page, 'Enter a reference like');
    await sees(page, 'Enter the email address or the receipt code');
    const summary = page.getByRole('alert').filter({ hasText: 'There is a problem' });
    await waitFor(() => summary.evaluate((element) => element === document.activeElement));
    await expectAccessible(page);
  });

  it('a receipt is printed black on white, with its reference and address and nothing to press', async () => {
    const page = await world().open('/forms/contact', { colorScheme: 'dark' });
    await fillContact(page, 'On paper');
    await page.click(SEND);
    const id = await receiptId(page);
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    const colors = () =>
      page.evaluate(() => {
        const { color, backgroundColor } = getComputedStyle(document.documentElement);
        return `${color} on ${backgroundColor}`;
      });
    await waitFor(async () => (await colors()) === 'rgb(0, 0, 0) on rgb(255, 255, 255)');
    expect(await page.getByText(page.url()).first().isVisible()).toBe(true);
    expect(await page.getByText(id).first().isVisible()).toBe(true);
    for (const name of ['Print', 'Copy address']) {
      expect(await page.getByRole('button', { name }).isVisible()).toBe(false);
    }
    expect(await page.getByRole('banner').isVisible()).toBe(false);
  });
}
