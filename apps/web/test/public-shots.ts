import type { Page } from 'playwright-core';
import { go } from './shoot.ts';
import type { Scene } from './shoot.ts';

const SUBMIT = '**/api/trpc/submission.submit*';

/** The pages for everyone. */
export const PUBLIC_SCENES: Readonly<Record<string, Scene>> = {
  home: go('/'),
  'home-german': go('/?lang=de'),
  form: async (page) => {
    await page.goto('/forms/contact');
    await fill(page);
  },
  'form-errors': async (page) => {
    await page.goto('/forms/registration');
    await page.getByLabel('Full name').fill('Grace Hopper');
    await page.click('button[type=submit]');
    await page.getByRole('alert').first().waitFor();
  },
  'form-right-to-left': async (page) => {
    await page.goto('/forms/registration');
    await page.click('button[type=submit]');
    await page.getByRole('alert').first().waitFor();
    await page.evaluate(() => (document.documentElement.dir = 'rtl'));
  },
  'form-draft': async (page) => {
    await page.goto('/forms/contact');
    await fill(page);
    await page.reload();
    await page.getByText('We have restored the draft').waitFor();
  },
  'form-offline': async (page) => {
    await page.goto('/forms/contact');
    await fill(page);
    await page.context().setOffline(true);
    await page.click('button[type=submit]');
    await page.getByText('You are offline').waitFor();
  },
  outbox: async (page) => {
    await page.goto('/forms/contact');
    await fill(page);
    await page.route(SUBMIT, (route) => route.abort());
    await page.click('button[type=submit]');
    await page.getByText('We did not get an answer').waitFor();
    await page.goto('/');
    await page.getByText('Not sent yet').waitFor();
  },
  receipt: async (page) => {
    await page.goto('/forms/contact');
    await fill(page);
    await page.click('button[type=submit]');
    await page.getByText('Submission processed').first().waitFor();
  },
  'receipt-on-paper': async (page) => {
    await PUBLIC_SCENES['receipt']?.(page);
    await page.emulateMedia({ media: 'print' });
  },
  find: async (page) => {
    await page.goto('/find');
    await page.getByLabel('Reference').fill('01A2-0775-7CDB-AB06-30DF');
    await page.getByLabel('Email address or receipt code').fill('ada@example.com');
    await page.click('button[type=submit]');
    await page.getByText('We found no submission').first().waitFor();
  },
  'not-found': go('/nowhere'),
  problem: go('/problems/not-accepted'),
};

async function fill(page: Page): Promise<void> {
  await page.getByLabel('Your name').fill('Ada Lovelace');
  await page.getByLabel('Email address').fill('ada@example.com');
  await page.getByLabel('Your message').fill('Do you take registrations for a group of twelve?');
}
