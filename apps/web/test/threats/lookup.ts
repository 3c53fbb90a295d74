import { newId } from '@spillway/queue';
import { waitFor } from '@spillway/devstack';
import { expect, it } from 'vitest';
import { expectAccessible, receiptId, SEND, sees } from '../world.ts';
import type { World } from '../world.ts';

const COPIES = 60;
const EMAIL = 'victim@example.com';

/** A sender who knows a reference and sends others with the same one: ids are chosen by senders. */
export function lookupThreats(world: () => World): void {
  let original = '';
  let reference = '';

  async function submit(id: string, name: string): Promise<string> {
    const response = await fetch(`${world().web.url}/api/submit`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ id, form: 'contact', data: { name, email: EMAIL, message: 'Hello' } }),
    });
    expect(response.ok).toBe(true);
    const receipt: { reference: string } = JSON.parse(await response.text());
    return receipt.reference;
  }

  it('copies of a reference, with the victim’s address in them, do not hide the victim’s submission', async () => {
    original = newId();
    reference = await submit(original, 'Victim');
    await waitFor(async () => (await world().timesProcessed(original)) === 1, { timeoutMs: 20_000 });
    // Ids that sort before it and behind it.
    const copies = Array.from(
      { length: COPIES },
      (_, n) =>
        `${original.slice(0, 19)}${n % 2 ? '8' : 'b'}${String(n).padStart(3, '0')}${original.slice(23)}`,
    ).filter((id) => id !== original);
    for (const id of copies) await submit(id, 'Copy');
    const last = copies.at(-1) ?? '';
    await waitFor(async () => (await world().timesProcessed(last)) === 1, { timeoutMs: 20_000 });

    const page = await world().open('/find');
    await page.getByLabel('Reference').fill(reference);
    await page.getByLabel('Email address or receipt code').fill(EMAIL);
    await page.click(SEND);
    expect(await receiptId(page)).toBe(original);
  });

  it('a search with another address gets the true answer that there are many', async () => {
    const page = await world().open('/find');
    await page.getByLabel('Reference').fill(reference);
    await page.getByLabel('Email address or receipt code').fill('eve@example.com');
    await page.click(SEND);
    await sees(page, 'Many submissions carry this reference');
  });

  it('the operator sees all of them in a list, the first received on top', async () => {
    const page = await world().open(`/admin/submissions/${reference}`, {
      storageState: await world().session(),
    });
    await sees(page, 'Several submissions');
    const ids = page.locator('main li a');
    expect(await ids.count()).toBe(50);
    expect(await ids.first().innerText()).toBe(original);
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Show more' }).click();
    await waitFor(async () => (await ids.count()) > 50);
    await ids.first().click();
    await sees(page, 'Victim');
  });
}
