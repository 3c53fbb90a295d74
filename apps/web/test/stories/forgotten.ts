import { waitFor } from '@spillway/devstack';
import { expect, it } from 'vitest';
import { fillContact, receiptId, SEND, sees } from '../world.ts';
import type { World } from '../world.ts';

const QUEUE = { SPILLWAY_QUEUE: 'forgotten', SPILLWAY_PRIMARY: 'redis' };

/** A Redis that lost what it held. Run without a worker, who would be faster. */
export function forgottenStories(world: () => World): void {
  it('what every store forgot is sent again from the tab, and counts once', async () => {
    const web = await world().startWeb({ RATE_LIMIT: 'off', ...QUEUE });
    try {
      const page = await world().open(`${web.url}/forms/contact`);
      await fillContact(page, 'Do not forget me');
      await page.click(SEND);
      const id = await receiptId(page);
      await sees(page, 'In Redis, written to disk.');
      const sentAgain = page.waitForRequest('**/api/trpc/submission.submit*');
      await world().redis.flush();
      expect((await sentAgain).postData()).toContain(id);
      await world().startWorker(QUEUE);
      await sees(page, 'Submission processed');
      await waitFor(async () => (await world().timesProcessed(id)) === 1, { message: 'it to count once' });
    } finally {
      await world().stopWorker();
      await web.stop();
    }
  });
}
