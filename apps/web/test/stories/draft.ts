import { expect, it } from 'vitest';
import { expectAccessible, fillContact, receiptId, SEND, sees } from '../world.ts';
import type { World } from '../world.ts';

/** What was begun stays on the device. */
export function draftStories(world: () => World): void {
  it('a draft is filled in when the person comes back, choices too, and can be deleted', async () => {
    const page = await world().open('/forms/registration');
    await page.getByLabel('Full name').fill('Grace Hopper');
    await page.getByLabel('Online').check();
    await page.getByLabel('Postgres under load').check();
    await page.getByLabel('Day of arrival').fill('2027-05-07');
    await page.close();

    const later = await page.context().newPage();
    await later.goto('/forms/registration');
    await sees(later, 'We have restored the draft that you began on this device.');
    expect(await later.getByLabel('Full name').inputValue()).toBe('Grace Hopper');
    expect(await later.getByLabel('Online').isChecked()).toBe(true);
    expect(await later.getByLabel('Postgres under load').isChecked()).toBe(true);
    expect(await later.getByLabel('Day of arrival').inputValue()).toBe('2027-05-07');
    await expectAccessible(later);

    await later.getByRole('button', { name: 'Start over' }).click();
    await later.getByText('We have restored the draft').waitFor({ state: 'detached' });
    expect(await later.getByLabel('Full name').inputValue()).toBe('');
    await later.reload();
    expect(await later.getByLabel('Full name').inputValue()).toBe('');
  });

  it('sent answers are no longer a draft', async () => {
    const page = await world().open('/forms/contact');
    await fillContact(page, 'Gone out');
    await page.click(SEND);
    await receiptId(page);
    await page.goto('/forms/contact');
    await page.locator('form').waitFor();
    expect(await page.getByLabel('Your message').inputValue()).toBe('');
  });
}
