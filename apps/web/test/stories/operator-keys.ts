import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fillSettled, filledId } from '../fill.ts';
import { expectAccessible, sees } from '../world.ts';
import type { World } from '../world.ts';

const QUEUE = 'keys';
const DEAD = '01a20006';

/** The operator's pages need no mouse. */
export function operatorKeyStories(world: () => World): void {
  let web: Awaited<ReturnType<World['startWeb']>>;
  beforeAll(async () => {
    web = await world().startWeb({ RATE_LIMIT: 'off', SPILLWAY_QUEUE: QUEUE });
    await fillSettled(world().db, 'dead', { queue: QUEUE, prefix: DEAD, times: 3 });
  });
  afterAll(() => web?.stop());

  const open = async (path: string): Promise<Page> =>
    world().open(`${web.url}${path}`, { storageState: await world().session() });

  it('over the rows of a list, to a submission and on to another page, by keyboard alone', async () => {
    const page = await open('/admin/dead');
    await sees(page, '3 submissions');
    await page.keyboard.press('/');
    await page.keyboard.type('question 2:');
    await sees(page, '1 submission,');
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.press('Delete');
    await sees(page, '3 submissions');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    // A select takes letters for itself: they are ours again past the filters.
    await page.getByRole('link', { name: 'Export as CSV' }).focus();
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('x');
    await sees(page, '1 chosen');
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/admin/submissions/${filledId(DEAD, 2)}`);
    await sees(page, 'History');
    await openPalette(page);
    await page.keyboard.type('operations');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/admin/operations');
    await sees(page, 'No operations yet');
    await openPalette(page);
    await page.keyboard.type(filledId(DEAD, 3));
    await expectAccessible(page, '[role=dialog]');
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/admin/submissions/${filledId(DEAD, 3)}`);
  });

  it('the palette opens a submission by its reference, pauses and resumes, and says what a recovery did', async () => {
    const page = await open('/admin/dead');
    await sees(page, /^\d submissions$/);
    const type = async (words: string) => {
      await openPalette(page);
      await page.keyboard.type(words);
      // What can be switched is known as soon as the server has told of it.
      await page.getByRole('option', { name: new RegExp(`^(Open )?${words}`, 'i') }).waitFor();
      await page.keyboard.press('Enter');
    };
    await type('01A2-0006-0000-0000-0003');
    await sees(page, filledId(DEAD, 3));
    await sees(page, 'History');
    for (const verb of ['Pause', 'Resume']) {
      await type(`${verb} workers`);
      await page.getByRole('alertdialog', { name: `${verb} workers` }).waitFor();
      await page.getByRole('button', { name: verb, exact: true }).press('Enter');
      await page.getByRole('alertdialog').waitFor({ state: 'detached' });
    }
    await type('recover now');
    await page.getByRole('button', { name: 'Recover now' }).press('Enter');
    await sees(page, 'Nothing to push: Redis already holds every waiting submission.');
    await expectAccessible(page, '[role=alertdialog]');
  });

  it('an action by keyboard asks first, and the focus comes back', async () => {
    const page = await open(`/admin/submissions/${filledId(DEAD, 1)}`);
    const discard = page.getByRole('button', { name: 'Discard' });
    await discard.focus();
    await page.keyboard.press('Enter');
    await sees(page, 'This affects 1 submission.');
    await page.keyboard.press('Escape');
    await page.getByRole('alertdialog').waitFor({ state: 'detached' });
    await expect.poll(() => discard.evaluate((button) => button === document.activeElement)).toBe(true);
    await page.keyboard.press('Enter');
    await sees(page, 'This affects 1 submission.');
    const confirm = page.getByRole('button', { name: 'Discard: 1' });
    for (let tabs = 0; tabs < 4; tabs += 1) {
      if (await confirm.evaluate((button) => button === document.activeElement)) break;
      await page.keyboard.press('Tab');
    }
    await page.keyboard.press('Enter');
    await sees(page, 'Done: 1 discarded.');
    await page.keyboard.press('Escape');
    await sees(page, 'Discarded by');
  });

  it('the keys are explained, and single-key shortcuts can be switched off', async () => {
    const page = await open('/admin/dead');
    await sees(page, /^\d submissions$/);
    await page.keyboard.press('?');
    await sees(page, 'Next row');
    await expectAccessible(page, '[role=dialog]');
    await page.getByRole('checkbox', { name: 'Single-key shortcuts' }).uncheck();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('?');
    await page.keyboard.press('j');
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').waitFor();
    expect(await page.getByText('Next row').count()).toBe(0);
  });
}

/** Letters that are typed before it has the focus would be the page's. */
async function openPalette(page: Page): Promise<void> {
  await page.keyboard.press('Control+k');
  const input = page.getByRole('combobox', { name: /^Page, action/ });
  await expect.poll(() => input.evaluate((box) => box === document.activeElement)).toBe(true);
}
