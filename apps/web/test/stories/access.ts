import type { Receipt } from '@spillway/api';
import { sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { expectAccessible, sees } from '../world.ts';
import type { World } from '../world.ts';

const QUEUE = 'access';
/** As narrow as a page of 1280 is at four times its size (WCAG 2.2, reflow). */
const NARROW = { width: 320, height: 640 };

const die = (status: string) => (id: string) =>
  sql`
  WITH gone AS (DELETE FROM spillway.fallback_submissions WHERE queue = ${QUEUE} AND id = ${id} RETURNING *)
  INSERT INTO spillway.submission_outcomes (queue, id, form, status, attempts, generation, digest, received_at)
  SELECT queue, id, form, ${status}, 10, 1, digest, created_at FROM gone`;

const STATES: readonly (readonly [string, (id: string) => SQL])[] = [
  [
    'Waiting for its turn',
    (id) => sql`UPDATE spillway.fallback_submissions SET attempts = 3 WHERE id = ${id}`,
  ],
  [
    'Being processed',
    (id) =>
      sql`UPDATE spillway.fallback_submissions SET lease_until = now() + interval '1 h' WHERE id = ${id}`,
  ],
  [
    'Processed later',
    (id) => sql`UPDATE spillway.fallback_submissions SET run_at = now() + interval '1 d' WHERE id = ${id}`,
  ],
  ['Submission processed', die('done')],
  ['A person will look at it', die('dead')],
  ['Submission closed', die('discarded')],
  ['We cannot find this submission', (id) => sql`DELETE FROM spillway.fallback_submissions WHERE id = ${id}`],
];

/** For everybody, however they see, hear, point or type. */
export function accessStories(world: () => World): void {
  it.each(['/', '/forms/contact', '/forms/registration', '/find', '/problems/conflict', '/nowhere'])(
    '%s is open to everybody: both themes, 320 pixels wide, from the left and from the right',
    async (path) => {
      const page = await world().open(path, { viewport: NARROW });
      await expectAccessible(page);
      await expectToFit(page);
      const german = await world().open(path, { viewport: NARROW, locale: 'de-DE' });
      await expectAccessible(german);
      await expectToFit(german);
    },
  );

  it('so is the receipt in each of its states', async () => {
    const web = await world().startWeb({ RATE_LIMIT: 'off', SPILLWAY_QUEUE: QUEUE, REDIS_URL: '' });
    try {
      for (const [words, change] of STATES) {
        const { id, url } = await post(web.url);
        await world().db.execute(change(id));
        const page = await world().open(url, { viewport: NARROW });
        await sees(page, words);
        await expectAccessible(page);
        await expectToFit(page);
      }
      const { url } = await post(web.url);
      await world().postgres.kill();
      const page = await world().open(url, { viewport: NARROW });
      await sees(page, 'Not known right now.');
      await expectAccessible(page);
      await expectToFit(page);
    } finally {
      await world().postgres.start();
      await web.stop();
    }
  });
}

async function post(url: string): Promise<Receipt> {
  const response = await fetch(`${url}/api/submit`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ data: { open: 'to all' } }),
  });
  expect(response.status).toBe(202);
  return response.json();
}

async function expectToFit(page: Page): Promise<void> {
  for (const direction of ['ltr', 'rtl']) {
    const overflowPx = await page.evaluate((dir) => {
      const root = document.documentElement;
      root.dir = dir;
      return root.scrollWidth - root.clientWidth;
    }, direction);
    expect([page.url(), direction, overflowPx]).toEqual([page.url(), direction, 0]);
  }
}
