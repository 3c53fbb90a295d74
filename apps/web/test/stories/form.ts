import type { Route } from 'playwright-core';
import { expect, it } from 'vitest';
import { ANSWERS, postContact } from '../native.ts';
import { expectAccessible, fillContact, receiptId, SEND, sees } from '../world.ts';
import type { World } from '../world.ts';

const SUBMIT = '**/api/trpc/submission.submit*';

/** What a person with a usual browser is promised. The first one starts the worker. */
export function formStories(world: () => World): void {
  it('the receipt says where the submission is safe, and follows it until it is processed', async () => {
    const page = await world().open('/forms/contact');
    await expectAccessible(page);
    await fillContact(page, 'Follow me');
    await page.click(SEND);
    const id = await receiptId(page);
    await sees(page, 'In Redis, written to disk.');
    await sees(page, 'Waiting for its turn');
    await expectAccessible(page);
    await world().startWorker();
    await sees(page, 'Submission processed');
    await expectAccessible(page);
    expect(await world().timesProcessed(id)).toBe(1);
  });

  it('errors appear after the press and not before, lead to their fields and keep the answers', async () => {
    const page = await world().open('/forms/registration');
    await page.getByLabel('Email address').fill('not an address');
    await page.getByLabel('Full name').focus();
    const summary = page.getByRole('alert').filter({ hasText: 'There is a problem' });
    expect(await summary.count()).toBe(0);
    await page.click(SEND);
    await summary.waitFor();
    expect(await summary.evaluate((element) => element === document.activeElement)).toBe(true);
    expect(await page.title()).toMatch(/^Error: /);
    expect(await page.getByLabel('Email address').inputValue()).toBe('not an address');
    await expectAccessible(page);

    const message = 'Enter an email address in the correct format, like name@example.com';
    expect(await page.locator('#answer-email-error').textContent()).toBe(`Error: ${message}`);
    await summary.getByRole('link', { name: message }).click();
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('answer-email');
    await summary.getByRole('link', { name: 'Select a ticket' }).click();
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('answer-ticket');
  });

  it('a second press while the first is on its way sends nothing', async () => {
    const page = await world().open('/forms/contact');
    let requests = 0;
    const answer = Promise.withResolvers<void>();
    await page.route(SUBMIT, async (route) => {
      requests += 1;
      await answer.promise;
      await route.continue();
    });
    await fillContact(page, 'Only once');
    await page.click(SEND);
    await sees(page, 'Sending…');
    await page.click(SEND, { force: true });
    await page.getByLabel('Your name').press('Enter');
    answer.resolve();
    await receiptId(page);
    await sees(page, 'Submission processed');
    expect(requests).toBe(1);
  });

  it('the page says that an answer was lost, and the retry with the same id counts only once', async () => {
    const page = await world().open('/forms/contact');
    await page.route(
      SUBMIT,
      async (route) => {
        // Accepted by the server; the answer never comes back.
        await route.fetch();
        await route.abort('connectionreset');
      },
      { times: 1 },
    );
    await fillContact(page, 'Lost on the way back');
    const minted = await page.locator('input[name=_id]').inputValue();
    await page.click(SEND);
    await sees(page, 'We did not get an answer');
    expect(await page.getByLabel('Your message').inputValue()).toBe('Lost on the way back');
    await page.getByRole('button', { name: 'Try now' }).click();
    expect(await receiptId(page)).toBe(minted);
    await sees(page, 'Submission processed');
    expect(await world().timesProcessed(minted)).toBe(1);
  });

  it('answers changed after an attempt are a new submission', async () => {
    const page = await world().open('/forms/contact');
    await page.route(SUBMIT, (route) => route.abort('connectionreset'), { times: 1 });
    await fillContact(page, 'First thought');
    const minted = await page.locator('input[name=_id]').inputValue();
    await page.click(SEND);
    await sees(page, 'We did not get an answer');
    await page.getByLabel('Your message').fill('Second thought');
    await page.click(SEND);
    expect(await receiptId(page)).not.toBe(minted);
  });

  it('the page says that there are too many submissions, and sends again automatically when the time is over', async () => {
    const limited = await world().startWeb({ RATE_LIMIT: '1' });
    try {
      await postContact({ web: limited }, ANSWERS);
      const page = await world().open('/forms/contact');
      await page.route(SUBMIT, (route) => refuse(route, limited.url), { times: 1 });
      await fillContact(page, 'One too many');
      const minted = await page.locator('input[name=_id]').inputValue();
      await page.click(SEND);
      await sees(page, 'Too many submissions from your address');
      await sees(page, /Sending again in \d+ s/);
      expect(await receiptId(page)).toBe(minted);
    } finally {
      await limited.stop();
    }
  });
}

/** A true refusal of a process at its limit, but for the minute to wait. */
async function refuse(route: Route, limitedUrl: string): Promise<void> {
  const { pathname, search } = new URL(route.request().url());
  // That process takes submissions from its own pages alone.
  const headers = { ...route.request().headers(), origin: new URL(limitedUrl).origin };
  const response = await route.fetch({ url: limitedUrl + pathname + search, headers });
  expect(response.status()).toBe(429);
  const body = (await response.text()).replace(/"retryAfterSeconds":\d+/, '"retryAfterSeconds":3');
  await route.fulfill({ response, body });
}
