import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fillSettled, fillWaiting, filledId } from '../fill.ts';
import { expectAccessible, sees } from '../world.ts';
import type { World } from '../world.ts';

const QUEUE = 'viewer';
const WAITING = '01a20008';
const DEAD = '01a20009';
const ACTS = /^(Retry|Discard|Requeue|Recover|Pause|Resume|New user)/;

/** Who may look, and change nothing. */
export function viewerStories(world: () => World): void {
  let web: Awaited<ReturnType<World['startWeb']>>;
  let storageState: Awaited<ReturnType<World['session']>>;
  beforeAll(async () => {
    const { db, startWeb, sessionAs } = world();
    web = await startWeb({ RATE_LIMIT: 'off', SPILLWAY_QUEUE: QUEUE });
    await fillWaiting(db, { queue: QUEUE, prefix: WAITING, times: 3 });
    await fillSettled(db, 'dead', { queue: QUEUE, prefix: DEAD, times: 2 });
    storageState = await sessionAs('viewer');
  });
  afterAll(() => web?.stop());

  const open = (path: string): Promise<Page> => world().open(`${web.url}${path}`, { storageState });

  it.each([
    ['/admin', '3 submissions safe in Postgres', /requires? the role operator/],
    ['/admin/waiting', '3 submissions', /requires? the role operator/],
    ['/admin/dead', '2 submissions', /requires? the role operator/],
    [`/admin/submissions/${filledId(DEAD, 1)}`, 'Attempt 2 failed', /requires? the role operator/],
    ['/admin/users', 'Users', /role admin/],
  ])(
    '%s shows all there is, offers nothing to do, and says which role it takes',
    async (path, words, role) => {
      const page = await open(path);
      await sees(page, words);
      await sees(page, role);
      expect(await page.getByRole('button', { name: ACTS }).count()).toBe(0);
      expect(await page.locator('main').getByRole('checkbox').count()).toBe(0);
      await expectAccessible(page);
    },
  );

  it('the palette offers no actions either', async () => {
    const page = await open('/admin/dead');
    await sees(page, '2 submissions');
    await page.keyboard.press('Control+k');
    await page.getByRole('option', { name: 'Sign out' }).waitFor();
    expect(await page.getByRole('option', { name: ACTS }).count()).toBe(0);
  });

  it('a request sent by hand is refused, and changes nothing', async () => {
    const page = await open('/admin/dead');
    const id = filledId(DEAD, 1);
    const send = async (path: string, data: object) => {
      const headers = { origin: web.url };
      const response = await page.request.post(`/api/trpc/${path}`, { headers, data });
      return [path, response.status()];
    };
    expect(await send('admin.retry', { ids: [id] })).toEqual(['admin.retry', 403]);
    expect(await send('admin.start', { action: 'discard', target: { list: 'dead' } })).toEqual([
      'admin.start',
      403,
    ]);
    expect(await send('admin.pause', { what: 'worker', paused: true })).toEqual(['admin.pause', 403]);
    expect(await send('admin.recoverNow', {})).toEqual(['admin.recoverNow', 403]);
    await page.reload();
    await sees(page, '2 submissions');
  });
}
