import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fillSettled, fillWaiting, filledId } from '../fill.ts';
import { expectAccessible, sees } from '../world.ts';
import type { World } from '../world.ts';

const QUEUE = 'lists';
const PAGE_SIZE = 50;
const WAITING = '01a20001';
const DEAD = '01a20002';
const DONE = '01a20003';

/** What operators look through. A queue of its own, which no worker works on. */
export function listStories(world: () => World): void {
  let web: Awaited<ReturnType<World['startWeb']>>;
  beforeAll(async () => {
    const { db, startWeb } = world();
    web = await startWeb({ RATE_LIMIT: 'off', SPILLWAY_QUEUE: QUEUE });
    await fillWaiting(db, { queue: QUEUE, prefix: WAITING, times: 120 });
    await fillSettled(db, 'dead', { queue: QUEUE, prefix: DEAD, times: 3 });
    await fillSettled(db, 'done', { queue: QUEUE, prefix: DONE, times: 2, form: 'inbox' });
  });
  afterAll(() => web?.stop());

  const open = async (path: string): Promise<Page> =>
    world().open(`${web.url}${path}`, { storageState: await world().session() });

  it('a list is read page by page, and the place is in the address', async () => {
    const page = await open('/admin/waiting');
    await sees(page, '120 submissions');
    expect(await rows(page)).toBe(PAGE_SIZE);
    await page.getByRole('button', { name: 'Next page' }).click();
    await page.waitForURL(/page=/);
    await page.getByRole('button', { name: 'Next page' }).click();
    await waitForRows(page, 20);
    await page.reload();
    await waitForRows(page, 20);
    await page.goBack();
    await waitForRows(page, PAGE_SIZE);
  });

  it('the filters live in the address, and each narrows the list down', async () => {
    const page = await open('/admin/waiting');
    await page.getByRole('combobox', { name: 'Attempts' }).selectOption('2');
    await page.waitForURL(/attempts=2/);
    await sees(page, '6 submissions');
    await page.getByRole('combobox', { name: 'Why it is here' }).selectOption('redis_open');
    await sees(page, '2 submissions');
    await page.reload();
    await sees(page, '2 submissions');
    expect(await page.getByRole('combobox', { name: 'Attempts' }).inputValue()).toBe('2');
    await page.getByRole('combobox', { name: 'Form' }).selectOption('registration');
    await sees(page, 'Nothing matches these filters');
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Clear the filters' }).click();
    await sees(page, '120 submissions');
    expect(new URL(page.url()).search).toBe('');
  });

  it('a submission is found by its id, and by a part of its payload', async () => {
    const page = await open('/admin/waiting');
    const search = page.getByRole('searchbox', { name: 'Search' });
    await search.fill(filledId(WAITING, 17));
    await sees(page, '1 submission,');
    await search.fill('QUESTION 17:');
    await sees(page, '1 submission,');
    await page.waitForURL(/q=QUESTION/);
    await page.locator('[data-row-link]').click();
    await page.waitForURL(`**/admin/submissions/${filledId(WAITING, 17)}`);
    // As data, not as markup, and with all its digits.
    await sees(page, '"Question 17: <b>is the hall open?</b>"');
    await sees(page, '9007199254740993');
    await page.goBack();
    await sees(page, '1 submission,');
  });

  it.each([
    ['/admin/waiting?attempts=2', '6 submissions'],
    ['/admin/redis', 'Redis is empty'],
    ['/admin/dead', '3 submissions'],
    ['/admin/processed', '2 submissions'],
    [`/admin/submissions/${filledId(DEAD, 1)}`, 'Attempt 2 failed'],
    [`/admin/submissions/${filledId(DONE, 1)}`, 'The queue no longer holds the payload'],
    [`/admin/submissions/${randomUUID()}`, 'This submission was not found'],
  ])('%s is open to everybody: both themes, and 320 pixels wide', async (path, words) => {
    const page = await open(path);
    await sees(page, words);
    await expectAccessible(page);
    await page.setViewportSize({ width: 320, height: 640 });
    expect(await overflowPx(page)).toBe(0);
  });

  it('a list that loses the server keeps its rows, marked stale, and comes back live', async () => {
    const page = await open('/admin/waiting');
    await sees(page, '120 submissions');
    await page.route('**/api/trpc/admin.watch*', (route) => route.abort());
    await page.getByRole('combobox', { name: 'Attempts' }).selectOption('2');
    await sees(page, 'Stale');
    expect(await rows(page)).toBe(PAGE_SIZE);
    await page.unroute('**/api/trpc/admin.watch*');
    await sees(page, 'Live');
    await sees(page, '6 submissions');
  });

  it('all that matches is downloaded, as CSV and as NDJSON', async () => {
    const page = await open('/admin/waiting?attempts=2');
    await sees(page, '6 submissions');
    const csv = await download(page, 'CSV');
    expect(csv.name).toMatch(/\.csv$/);
    expect(csv.text.trim().split('\r\n')).toHaveLength(1 + 6);
    const ndjson = await download(page, 'NDJSON');
    const lines = ndjson.text.trim().split('\n');
    expect(lines).toHaveLength(6);
    expect(lines[0]).toContain('9007199254740993');
  });

  it('no row jumps under the pointer: new rows appear when the pointer has left', async () => {
    const page = await open('/admin/dead');
    await sees(page, '3 submissions');
    const first = page.locator('[data-row-link]').first();
    const before = await first.getAttribute('href');
    await first.hover();
    await fillSettled(world().db, 'dead', { queue: QUEUE, prefix: '01a2000a', times: 1 });
    await sees(page, '1 new row not shown');
    expect(await first.getAttribute('href')).toBe(before);
    await page.mouse.move(0, 0);
    await waitForRows(page, 4);
    expect(await first.getAttribute('href')).toBe(`/admin/submissions/${filledId('01a2000a', 1)}`);
  });

  it('a hidden tab is not updated, and is updated at once when it is visible again', async () => {
    const page = await open('/admin/processed');
    await sees(page, '2 submissions');
    const left = page.waitForEvent('requestfailed', (request) => request.url().includes('admin.watch'));
    await setVisibility(page, 'hidden');
    await sees(page, 'Paused');
    await left;
    await fillSettled(world().db, 'done', { queue: QUEUE, prefix: '01a2000b', times: 1 });
    await setVisibility(page, 'visible');
    await sees(page, 'Live');
    await waitForRows(page, 3);
  });
}

/** As a browser does when another tab is chosen. */
function setVisibility(page: Page, state: DocumentVisibilityState): Promise<void> {
  return page.evaluate((value) => {
    Object.defineProperty(document, 'visibilityState', { value, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }, state);
}

function rows(page: Page): Promise<number> {
  return page.locator('tbody tr').count();
}

async function waitForRows(page: Page, times: number): Promise<void> {
  await page
    .locator('tbody tr')
    .nth(times - 1)
    .waitFor();
  await page.locator('tbody tr').nth(times).waitFor({ state: 'detached' });
}

function overflowPx(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

async function download(page: Page, format: string): Promise<{ name: string; text: string }> {
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: `Export as ${format}`, exact: true }).click(),
  ]);
  return { name: file.suggestedFilename(), text: await readFile(await file.path(), 'utf8') };
}
