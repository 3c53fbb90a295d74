import { expect, it } from 'vitest';
import { ANSWERS, mintedId, postContact } from '../native.ts';
import { expectAccessible, fillContact, receiptId, SEND, sees } from '../world.ts';
import type { World } from '../world.ts';

const NO_SCRIPT = { javaScriptEnabled: false };

/** What a person whose browser runs no script is promised, and a page that is older than the server. */
export function nativeStories(world: () => World): void {
  const post = (answers: Record<string, string>) => postContact(world(), answers);

  it('errors are beside their fields with the answers kept, and the corrected form leads to its receipt', async () => {
    const page = await world().open('/forms/contact', NO_SCRIPT);
    await page.getByLabel('Your name').fill('Ada <Lovelace> & "co"');
    await page.getByLabel('What is it about?').selectOption('idea');
    await page.click(SEND);
    await sees(page, 'There is a problem');
    expect(await page.title()).toMatch(/^Error: /);
    expect(await page.locator('#answer-email-error').textContent()).toBe('Error: Enter your email address');
    expect(await page.getByLabel('Your name').inputValue()).toBe('Ada <Lovelace> & "co"');
    expect(await page.getByLabel('What is it about?').inputValue()).toBe('idea');

    await fillContact(page, 'Two\nlines');
    await page.click(SEND);
    const id = await receiptId(page);
    // Nothing but the page's own refresh can bring this about.
    await sees(page, 'Submission processed');
    expect(await world().timesProcessed(id)).toBe(1);
  });

  it('choices, a date and a consent survive a page with errors', async () => {
    const page = await world().open('/forms/registration', NO_SCRIPT);
    await page.getByLabel('Online').check();
    await page.getByLabel('Queues that do not forget').check();
    await page.getByLabel('Postgres under load').check();
    await page.getByLabel('Day of arrival').fill('2027-05-07');
    await page.getByLabel('I agree').check();
    await page.click(SEND);
    await sees(page, 'There is a problem');
    expect(await page.getByLabel('Online').isChecked()).toBe(true);
    expect(await page.getByLabel('Queues that do not forget').isChecked()).toBe(true);
    expect(await page.getByLabel('Postgres under load').isChecked()).toBe(true);
    expect(await page.getByLabel('Forms everyone can fill in').isChecked()).toBe(false);
    expect(await page.getByLabel('Day of arrival').inputValue()).toBe('2027-05-07');
    expect(await page.getByLabel('I agree').isChecked()).toBe(true);
  });

  it('the same post twice is one submission with one receipt', async () => {
    const _id = await mintedId(world());
    const [first, second] = await Promise.all([post({ _id, ...ANSWERS }), post({ _id, ...ANSWERS })]);
    expect(first.status).toBe(303);
    expect(second.status).toBe(303);
    expect(first.headers.get('location')).toContain(`/s/${_id}?receipt=`);
    expect(second.headers.get('location')).toBe(first.headers.get('location'));
  });

  it('a page that was opened before the form changed loses no answer', async () => {
    const page = await (await post({ ...ANSWERS, nickname: 'Countess' })).text();
    expect(page).toContain('The form has changed since you opened it');
    expect(page).toContain('Countess');
    expect(page).toContain('By post');
  });

  it('answers that are too long are kept, and the page names the limit', async () => {
    const page = await (await post({ ...ANSWERS, message: 'ü'.repeat(100_000) })).text();
    expect(page).toContain('Your message must be 10,000 characters or less');
    const endless = await (await post({ ...ANSWERS, message: 'x'.repeat(1_500_000) })).text();
    expect(endless).toContain('Go back, shorten them and send again.');
    // Heard first, and not only seen.
    expect(endless).toContain('<title>Error: Contact us');
    expect(endless).toContain('role="alert"');
  });

  it('no request from outside can put answers or errors onto the page', async () => {
    const forged = Buffer.from(JSON.stringify({ answers: { name: 'Mallory' }, issues: [] })).toString(
      'base64url',
    );
    const response = await fetch(`${world().web.url}/forms/contact`, {
      headers: { 'x-spillway-replay': forged },
    });
    expect(await response.text()).not.toContain('Mallory');
  });

  it('the pages for an unknown address and for a receipt without its code say so', async () => {
    const page = await world().open('/forms/inbox', NO_SCRIPT);
    await sees(page, 'Page not found');
    const response = await page.goto(`/s/${await mintedId(world())}?receipt=wrong`);
    expect(response?.status()).toBe(404);
    await sees(page, 'Page not found');
    await expectAccessible(await world().open('/nowhere'));
    await expectAccessible(await world().open('/problems/not-accepted'));
    await expectAccessible(await world().open('/'));
  });
}
