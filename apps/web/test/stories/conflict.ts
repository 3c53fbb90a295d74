import { expect, it } from 'vitest';
import { ANSWERS, mintedId, postContact } from '../native.ts';
import { expectAccessible, fillContact, receiptId, SEND, sees } from '../world.ts';
import type { World } from '../world.ts';

const SUBMIT = '**/api/trpc/submission.submit*';

/** Two contents under one id. Run without a worker: a store knows the first one while it waits. */
export function conflictStories(world: () => World): void {
  it('the page says that an id was used for other answers, and they can be sent as new', async () => {
    const first = await world().open('/forms/contact');
    await fillContact(first, 'The first under this id');
    await first.click(SEND);
    const used = await receiptId(first);

    const page = await world().open('/forms/contact');
    const minted = await page.locator('input[name=_id]').inputValue();
    await page.route(
      SUBMIT,
      (route) => route.continue({ postData: (route.request().postData() ?? '').replace(minted, used) }),
      { times: 1 },
    );
    await fillContact(page, 'The second under this id');
    await page.click(SEND);
    await sees(page, 'You have already sent other answers from this page');
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Send as new' }).click();
    expect(await receiptId(page)).not.toBe(used);
  });

  it('other answers under the same id are kept on the page, which then carries a new id', async () => {
    const _id = await mintedId(world());
    await postContact(world(), { _id, ...ANSWERS });
    const page = await (await postContact(world(), { _id, ...ANSWERS, message: 'Something else' })).text();
    expect(page).toContain('You have already sent other answers from this page');
    expect(page).toContain('Something else');
    expect(page).not.toContain(`value="${_id}"`);
  });
}
