import { waitFor } from '@spillway/devstack';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { fillContact, receiptId, SEND, sees } from '../world.ts';
import type { World } from '../world.ts';

const QUEUE = { SPILLWAY_QUEUE: 'forgotten', SPILLWAY_PRIMARY: 'redis' };

/** A Redis that lost what it held. Run without a worker, who would be faster. */
export function forgottenStories(world: () => World): void {
  it('an open receipt sends a submission again that every store lost, and it counts once', async () => {
    await withForgetfulQueue(world(), async (url) => {
      const page = await world().open(`${url}/forms/contact`);
      const id = await submit(page, 'Do not forget me');
      const sentAgain = page.waitForRequest('**/api/trpc/submission.submit*');
      await world().redis.flush();
      expect((await sentAgain).postData()).toContain(id);
      await countsOnce(world(), id);
    });
  });

  it('with the tab closed, it is sent again when the site is next opened', async () => {
    await withForgetfulQueue(world(), async (url) => {
      const page = await world().open(`${url}/forms/contact`);
      const id = await submit(page, 'Do not forget me either');
      await page.close();
      await world().redis.flush();
      const later = await page.context().newPage();
      const sentAgain = later.waitForRequest('**/api/trpc/submission.submit*');
      await later.goto(url);
      expect((await sentAgain).postData()).toContain(id);
      await countsOnce(world(), id);
    });
  });
}

async function withForgetfulQueue(world: World, story: (url: string) => Promise<void>): Promise<void> {
  const web = await world.startWeb({ RATE_LIMIT: 'off', ...QUEUE });
  try {
    await story(web.url);
  } finally {
    await world.stopWorker();
    await web.stop();
  }
}

async function submit(page: Page, message: string): Promise<string> {
  await fillContact(page, message);
  await page.click(SEND);
  const id = await receiptId(page);
  await sees(page, 'In Redis, written to disk.');
  return id;
}

async function countsOnce(world: World, id: string): Promise<void> {
  await world.startWorker(QUEUE);
  await waitFor(async () => (await world.timesProcessed(id)) === 1, { message: 'it to count once' });
}
