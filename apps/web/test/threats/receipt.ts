import { newId } from '@spillway/queue';
import { expect, it } from 'vitest';
import { ANSWERS, postContact } from '../native.ts';
import { sees } from '../world.ts';
import type { World } from '../world.ts';

/** Somebody found a receipt's address: in a history, a forwarded mail, a log. */
export function receiptThreats(world: () => World): void {
  it('shows the state of the submission, and nothing of its content', async () => {
    const word = `quite-${newId()}-private`;
    const path = await submit(world(), word);
    const page = await world().open(path);
    await sees(page, 'Submission processed');
    expect(await page.content()).not.toContain(word);
    expect(await page.content()).not.toContain(ANSWERS.email);
    const { pathname, search } = new URL(path, world().web.url);
    const api = await fetch(`${world().web.url}/api/submissions/${pathname.slice('/s/'.length)}${search}`);
    expect(api.status).toBe(200);
    expect(await api.text()).not.toContain(word);
  });

  it('changes nothing: every method but reading is refused', async () => {
    const path = (await submit(world(), 'unchanged')).replace('/s/', '/api/submissions/');
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const { status } = await fetch(world().web.url + path, { method });
      expect([method, status]).toEqual([method, 405]);
    }
  });

  it('opens only this submission, and shows nothing without its code', async () => {
    const [one, other] = [await submit(world(), 'one'), await submit(world(), 'other')];
    const mixed = one.replace(/receipt=.*/, '') + other.replace(/.*(?=receipt=)/, '');
    for (const path of [mixed, one.replace(/\?.*/, ''), `${one}x`]) {
      expect((await fetch(world().web.url + path)).status).toBe(404);
      const api = await fetch(world().web.url + path.replace('/s/', '/api/submissions/'));
      expect(api.status).toBe(404);
    }
  });

  it('its page is kept out of caches and search engines, and its address is not sent to other sites', async () => {
    const { headers } = await fetch(world().web.url + (await submit(world(), 'kept to itself')));
    expect(headers.get('cache-control')).toContain('no-store');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    const page = await world().open(await submit(world(), 'not to be found'));
    expect(await page.locator('meta[name=robots]').getAttribute('content')).toContain('noindex');
  });

  it('its code is in no log of the site', async () => {
    const path = await submit(world(), 'not logged');
    await fetch(world().web.url + path);
    await fetch(`${world().web.url}${path}x`);
    expect(world().web.output()).not.toContain(new URLSearchParams(path.split('?')[1]).get('receipt'));
  });
}

async function submit(world: World, message: string): Promise<string> {
  const response = await postContact(world, { ...ANSWERS, message });
  expect(response.status).toBe(303);
  const { pathname, search } = new URL(response.headers.get('location') ?? '', world.web.url);
  return pathname + search;
}
