import { createDb } from '@spillway/db';
import type { Page } from 'playwright-core';
import type { Environment } from './environment.ts';
import { fillFlow, fillSettled, fillWaiting, filledId } from './fill.ts';
import { go } from './shoot.ts';
import type { Scene } from './shoot.ts';

const QUEUE = 'default';
const WAITING = '01a20001';
const DEAD = '01a20002';

/** Something to be seen in each list. Without a worker, lest it be gone before it is seen. */
export async function fillForShots({ databaseUrl }: Environment): Promise<void> {
  const db = createDb(databaseUrl);
  await fillWaiting(db, { queue: QUEUE, prefix: WAITING, times: 1482 });
  await fillSettled(db, 'dead', { queue: QUEUE, prefix: DEAD, times: 23, form: 'registration' });
  await fillSettled(db, 'done', { queue: QUEUE, prefix: '01a20003', times: 400 });
  await fillSettled(db, 'discarded', { queue: QUEUE, prefix: '01a20004', times: 7 });
  await fillFlow(db, QUEUE);
  await db.$client.end();
}

/** When the rows, or whatever comes in their place, are there. */
async function seen(page: Page, text: string | RegExp): Promise<void> {
  await page.locator('main, [role=dialog], [role=alertdialog]').getByText(text).first().waitFor();
}

const waiting: Scene = async (page) => {
  await page.goto('/admin/waiting');
  await seen(page, '1,482 submissions');
  await page.locator('[data-row-link]').nth(3).waitFor();
};

const chosen: Scene = async (page) => {
  await waiting(page);
  await page.getByRole('checkbox', { name: 'Choose all rows of this page' }).click();
  await page.getByRole('button', { name: /^Choose all/ }).click();
};

/** The operator's pages. */
export const OPERATOR_SCENES: Readonly<Record<string, Scene>> = {
  'admin-overview': async (page) => {
    await page.goto('/admin');
    await page.locator('#sentence').waitFor();
    await page
      .getByRole('region', { name: 'Submissions per minute' })
      .getByRole('img')
      .locator('svg')
      .first()
      .waitFor();
  },
  'admin-waiting': waiting,
  'admin-waiting-none': async (page) => {
    await page.goto('/admin/waiting?form=registration&age=over-1h&attempts=3&q=nothing');
    await seen(page, 'Nothing matches');
  },
  'admin-chosen': chosen,
  'admin-confirm': async (page) => {
    await chosen(page);
    await page.getByRole('button', { name: 'Discard' }).click();
    await seen(page, 'This affects');
  },
  'admin-redis': async (page) => {
    await page.goto('/admin/redis');
    await seen(page, 'Redis is empty');
  },
  'admin-dead': async (page) => {
    await page.goto('/admin/dead');
    await seen(page, '23 submissions');
  },
  'admin-processed': async (page) => {
    await page.goto('/admin/processed');
    await seen(page, '407 submissions');
  },
  'admin-submission': async (page) => {
    await page.goto(`/admin/submissions/${filledId(DEAD, 1)}`);
    await seen(page, 'Attempt 2 failed');
  },
  'admin-submission-waiting': async (page) => {
    await page.goto(`/admin/submissions/${filledId(WAITING, 20)}`);
    await seen(page, 'Attempt 2 failed');
  },
  'admin-done': async (page) => {
    await page.goto('/admin/dead');
    await page.getByRole('checkbox').nth(1).click();
    await page.getByRole('button', { name: /^Discard/ }).click();
    await page.getByRole('button', { name: /^Discard: / }).click();
    await seen(page, 'Done: 1 discarded');
  },
  'admin-operations': async (page) => {
    await page.goto('/admin/operations');
    await seen(page, 'One submission');
  },
  'admin-palette': async (page) => {
    await waiting(page);
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: /^Page, action/ }).fill('wa');
  },
  'admin-keys': async (page) => {
    await waiting(page);
    await page.keyboard.press('?');
    await seen(page, 'Next row');
  },
  'admin-audit': async (page) => {
    await page.goto('/admin/audit');
    await page.locator('main ol li, main p').last().waitFor();
  },
  'admin-users': async (page) => {
    await page.goto('/admin/users');
    await page.locator('main ul li').first().waitFor();
  },
  'admin-user-new': async (page) => {
    await page.goto('/admin/users');
    await page.getByRole('button', { name: 'New user' }).click();
    await seen(page, 'Email address');
  },
  'admin-account': async (page) => {
    await page.goto('/admin/account');
    await seen(page, 'Present password');
  },
  'admin-sign-in': go('/admin/sign-in'),
};

export const SANDBOX_SCENES: Readonly<Record<string, Scene>> = {
  'admin-sandbox': async (page) => {
    await page.goto('/admin/sandbox');
    await page.getByRole('button', { name: 'Send 1,000 submissions' }).waitFor();
    await page.locator('#sentence').waitFor();
    await seen(page, 'Nothing was sent yet');
  },
};
