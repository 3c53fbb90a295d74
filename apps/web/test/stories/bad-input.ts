import { newId } from '@spillway/queue';
import { expect, it } from 'vitest';
import { ANSWERS, mintedId, postContact } from '../native.ts';
import type { World } from '../world.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** What a native post is answered with, and addresses that nobody should ask for. */
export function badInputStories(world: () => World): void {
  const post = (answers: Record<string, string>) => postContact(world(), answers);

  it.each([
    ['an id that is no UUIDv7', '6f3f9fd8-7a0c-4f5e-9d8e-2b1a0c3d4e5f'],
    ['an id that is none', "' or 1=1 --"],
    ['an id from the future', newId().replace(/^.{13}/, timestamp(Date.now() + 3 * DAY_MS))],
  ])('%s is refused, with the answers kept and a new id', async (_, id) => {
    const response = await post({ _id: id, ...ANSWERS });
    expect(response.status).toBe(422);
    const page = await response.text();
    expect(page).toContain('This page was open for too long');
    expect(page).toContain('By post');
    expect(/name="_id"[^>]*value="([^"]+)"/.exec(page)?.[1]).toMatch(/^[0-9a-f-]{14}7/);
  });

  it('fields named like built-in object properties pollute nothing', async () => {
    // What begins with an underscore is never an answer, so it is left out and not refused.
    const _id = await mintedId(world());
    expect((await post({ _id, ...ANSWERS, ['__proto__']: 'polluted' })).status).toBe(303);
    for (const name of ['constructor', 'toString', 'hasOwnProperty']) {
      const response = await post({ ...ANSWERS, [name]: 'polluted' });
      expect([name, response.status]).toEqual([name, 422]);
      expect(await response.text()).toContain('The form has changed since you opened it');
    }
  });

  it('NUL, and bytes that are not a character, are accepted and stored', async () => {
    const _id = await mintedId(world());
    const body = new URLSearchParams({ _id, ...ANSWERS, message: 'a\u0000b' }).toString();
    // Half of a surrogate pair in UTF-8 is no character: a form's parser makes replacement characters of it.
    const response = await fetch(`${world().web.url}/forms/contact`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `${body}%ED%A0%80c`,
      redirect: 'manual',
    });
    expect(response.status).toBe(303);
    const receipt = await fetch(new URL(response.headers.get('location') ?? '', world().web.url));
    expect(receipt.status).toBe(200);
  });

  it('an invalid post is answered with the status of its error', async () => {
    expect((await post({ ...ANSWERS, email: 'x' })).status).toBe(422);
    expect((await post({ ...ANSWERS, message: 'x'.repeat(1_500_000) })).status).toBe(413);
    const multipart = new FormData();
    multipart.set('name', 'Ada');
    const upload = await fetch(`${world().web.url}/forms/contact`, { method: 'POST', body: multipart });
    expect(upload.status).toBe(415);
    expect(upload.headers.get('x-spillway-status')).toBeNull();
  });

  it('a native post over the limit gets a page that says so and keeps the answers', async () => {
    // Without Redis it counts by itself: this address has posted elsewhere within the minute.
    const web = await world().startWeb({ RATE_LIMIT: '1', REDIS_URL: 'redis://127.0.0.1:1' });
    try {
      expect((await postContact({ web }, ANSWERS)).status).toBe(303);
      const limited = await postContact({ web }, ANSWERS);
      expect(limited.status).toBe(429);
      expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0);
      const page = await limited.text();
      expect(page).toContain('Too many submissions from your address');
      expect(page).toContain('By post');
    } finally {
      await web.stop();
    }
  });

  it.each(['/problems/%ff', '/s/%ff', '/forms/%ff', '/%ff', '/%'])(
    '%s, which cannot be decoded, is not found',
    async (path) => {
      const response = await fetch(world().web.url + path);
      expect(response.status).toBe(404);
      expect(await response.text()).toContain('Page not found');
    },
  );

  it('at the API too, and the answer is a problem', async () => {
    const status = await fetch(`${world().web.url}/api/submissions/%ff`);
    expect([status.status, status.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
    const procedure = await fetch(`${world().web.url}/api/trpc/%ff`);
    expect(procedure.status).toBe(404);
    expect(await procedure.text()).toContain('/problems/not-found');
  });

  it('an answer "not found" does not contain the address that the server listens on', async () => {
    for (const path of ['/forms/nothing', '/s/nothing', '/nothing']) {
      const { status, headers } = await fetch(world().web.url + path);
      expect([path, status]).toEqual([path, 404]);
      expect(headers.get('x-middleware-rewrite')).toBeNull();
    }
  });
}

function timestamp(timeMs: number): string {
  const hex = timeMs.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}`;
}
