import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fillSlow, fillWaiting } from '../fill.ts';
import { expectAccessible, sees } from '../world.ts';
import type { World } from '../world.ts';

const QUEUE = 'many';
const MANY = 100_000;

/** Much at once. */
export function bulkStories(world: () => World): void {
  let web: Awaited<ReturnType<World['startWeb']>>;
  beforeAll(async () => {
    const { db, databaseUrl } = world();
    await fillWaiting(db, { queue: QUEUE, prefix: '01a20005', times: MANY });
    const slow = await fillSlow(db, databaseUrl, {
      queue: QUEUE,
      prefix: '01a20007',
      times: 300,
      form: 'inbox',
    });
    web = await world().startWeb({ RATE_LIMIT: 'off', SPILLWAY_QUEUE: QUEUE, DATABASE_URL: slow });
  });
  afterAll(() => web?.stop());

  const open = async (path: string): Promise<Page> =>
    world().open(`${web.url}${path}`, { storageState: await world().session() });

  it(`with ${MANY.toLocaleString('en')} waiting, a page shows rows and the count`, async () => {
    const page = await open('/admin/waiting?form=contact');
    await sees(page, '10,000+ submissions');
    expect(await page.locator('[data-row-link]').count()).toBe(50);
  });

  it('a search that runs out of time says so, and the filters stay usable', async () => {
    const page = await open('/admin/waiting?form=inbox&q=not+there');
    await sees(page, 'The search timed out');
    await page.getByRole('button', { name: 'Continue the search' }).waitFor();
    await expectAccessible(page, 'main');
    await page.getByRole('button', { name: 'Clear', exact: true }).click();
    await sees(page, '10,000+ submissions');
  });

  it('an action on all that match is counted first, shows its progress, and can be cancelled', async () => {
    const page = await open('/admin/waiting?form=contact');
    await sees(page, '10,000+ submissions');
    await page.getByRole('checkbox', { name: 'Choose all rows of this page' }).click();
    await sees(page, '50 chosen');
    await page.getByRole('button', { name: 'Choose all 10,000+ that match' }).click();
    await page.getByRole('button', { name: 'Discard', exact: true }).click();
    await sees(page, 'This affects 100,000 submissions.');
    await expectAccessible(page, '[role=alertdialog]');
    await page.getByRole('button', { name: 'Discard: 100,000' }).click();
    await page.getByRole('progressbar').waitFor();
    await sees(page, /^\d[\d,]* of 100,000$/);
    await page.getByRole('button', { name: 'Stop here' }).click();
    await sees(page, /^Stopped: [\d,]+ discarded/);
    await expectAccessible(page, '[role=alertdialog]');
    await page.getByRole('link', { name: 'All operations' }).click();
    await page.waitForURL('**/admin/operations');
    await sees(page, 'All of “Waiting in Postgres”: form contact');
    await sees(page, /^Stopped: [\d,]+ discarded/);
    await expectAccessible(page);
  });

  it('each action on selected rows applies to those whose state allows it', async () => {
    const page = await open('/admin/waiting?attempts=2');
    await page.locator('[data-row-link]').first().waitFor();
    for (const nth of [1, 2, 3]) await page.getByRole('checkbox').nth(nth).click();
    await sees(page, '3 chosen');
    await page.getByRole('button', { name: 'Requeue now 3' }).click();
    await sees(page, 'This affects 3 submissions.');
    await page.getByRole('button', { name: 'Requeue now: 3' }).click();
    await sees(page, 'Done: 3 requeued.');
    await page.getByRole('button', { name: 'Close' }).click();
    // They are due now, so there is nothing to requeue.
    await page.getByRole('checkbox', { name: 'Choose all rows of this page' }).click();
    await page.getByRole('button', { name: /^Requeue now 47$/ }).waitFor();
  });
}
