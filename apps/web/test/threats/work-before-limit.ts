import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ANSWERS, postContact } from '../native.ts';
import type { World } from '../world.ts';

const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';
/** One of each is let in. */
const LIMIT = { RATE_LIMIT: '1' };
const FINDS = 10;
const SIGN_INS = 100;
/** As much of an answer to show again is read. */
const REPLAY_CHARS = 128 * 1024;

/** What a sender may have this process do before it is asked who it is and where it comes from. */
export function workBeforeLimitThreats(world: () => World): void {
  let web: Awaited<ReturnType<World['startWeb']>>;
  beforeAll(async () => {
    web = await world().startWeb(LIMIT);
  }, 60_000);
  afterAll(() => web?.stop());

  /** Posts a head that promises a body which never comes: what is answered did not wait for it. */
  const promise = (path: string, type: string, headers: Record<string, string> = {}) =>
    statusWithoutBody(web.url, path, { 'content-type': type, ...headers });
  const foreign = { 'sec-fetch-site': 'cross-site' };

  it.each([
    ['/api/trpc/submission.submit', JSON_TYPE, foreign, 403],
    ['/api/trpc/admin.discard', JSON_TYPE, foreign, 403],
    ['/api/trpc/admin.discard', JSON_TYPE, {}, 401],
    ['/api/auth/sign-in/email', JSON_TYPE, foreign, 403],
    ['/api/auth/change-password', JSON_TYPE, {}, 404],
    ['/api/submit', FORM_TYPE, {}, 415],
    ['/api/nothing', JSON_TYPE, {}, 404],
  ])(
    '%s answers by origin, session and kind before a body is there: %s %j',
    async (path, type, headers, status) => {
      expect(await promise(path, type, headers)).toBe(status);
    },
  );

  it('a limited address is refused before its body arrives, at every route for submissions', async () => {
    const body = '{"data":{}}';
    await fetch(`${web.url}/api/submit`, { method: 'POST', headers: { 'content-type': JSON_TYPE }, body });
    const batch = `/api/trpc/${Array(20).fill('submission.submit').join(',')}?batch=1`;
    for (const path of ['/api/submit', '/api/trpc/submission.submit', batch]) {
      expect([path, await promise(path, JSON_TYPE)]).toEqual([path, 429]);
    }
  });

  it('a limited form is shown again with its answers as often as the limit allows, and is not read after that', async () => {
    const first = await postContact({ web }, ANSWERS);
    expect([first.status, await first.text()]).toEqual([429, expect.stringContaining('By post')]);
    const unread = await (await postContact({ web }, ANSWERS)).text();
    expect(unread).not.toContain('By post');
    expect(unread).toContain('Go back to the page before');
  });

  it('a form from another site is read only as far as it takes to show it again', async () => {
    const open = await world().startWeb({ RATE_LIMIT: 'off' });
    try {
      for (const [chars, isShown] of [
        [REPLAY_CHARS / 2, true],
        [REPLAY_CHARS * 2, false],
      ] as const) {
        const response = await fetch(`${open.url}/forms/contact`, {
          method: 'POST',
          headers: foreign,
          body: new URLSearchParams({ ...ANSWERS, name: 'Mallory', message: 'x'.repeat(chars) }),
        });
        expect(response.status).toBe(403);
        expect((await response.text()).includes('value="Mallory"')).toBe(isShown);
      }
    } finally {
      await open.stop();
    }
  });

  it('the lookup and the sign-in count the address before they read', async () => {
    for (let n = 0; n < FINDS; n += 1)
      await fetch(`${web.url}/find`, { method: 'POST', body: new URLSearchParams({ reference: 'x' }) });
    // A page is answered when all of a body is there: the framework receives it, up to 1 MiB.
    const another = { method: 'POST', headers: { 'content-type': JSON_TYPE }, body: '{' };
    expect((await fetch(`${web.url}/find`, another)).status).toBe(429);
    const signOut = () =>
      fetch(`${web.url}/api/auth/sign-out`, { method: 'POST', headers: { origin: web.url } });
    for (let n = 0; n < SIGN_INS; n += 1) await signOut();
    expect(await promise('/api/auth/sign-in/email', JSON_TYPE)).toBe(429);
  });

  it('more fields than a form can have are refused by their count', async () => {
    const body = Array.from({ length: 90_000 }, (_, n) => `n${n}=`).join('&');
    const headers = { 'content-type': FORM_TYPE };
    for (const [path, status] of [
      ['/forms/contact', 413],
      ['/find', 413],
    ] as const) {
      const response = await fetch(world().web.url + path, { method: 'POST', headers, body });
      expect([path, response.status]).toEqual([path, status]);
    }
  });

  it('up to a hundred errors of a form are listed, and the rest counted, on the page too', async () => {
    const fields = Object.fromEntries(Array.from({ length: 900 }, (_, n) => [`n${n}`, 'x']));
    const page = await (await postContact({ web: world().web }, { ...ANSWERS, ...fields })).text();
    expect(page).toContain('and 800 more');
    const response = await fetch(`${world().web.url}/api/submit`, {
      method: 'POST',
      headers: { 'content-type': JSON_TYPE },
      body: JSON.stringify({ form: 'contact', data: { ...ANSWERS, topic: 'idea', ...fields } }),
    });
    const text = await response.text();
    expect([response.status, JSON.parse(text).errors.length]).toEqual([422, 101]);
    expect(text.length).toBeLessThan(16_000);
  });
}

/** 0: nothing came while the body was missing, so it is waited for. */
async function statusWithoutBody(
  url: string,
  path: string,
  headers: Record<string, string>,
): Promise<number> {
  const { hostname, port, host } = new URL(url);
  const socket = connect(Number(port), hostname).setEncoding('latin1');
  const lines = Object.entries({ host, origin: url, 'content-length': '1000', ...headers });
  // What says where it comes from says it in one way.
  const sent = 'sec-fetch-site' in headers ? lines.filter(([name]) => name !== 'origin') : lines;
  socket.on('error', () => {});
  socket.write(`POST ${path} HTTP/1.1\r\n${sent.map((line) => line.join(': ')).join('\r\n')}\r\n\r\n`);
  const [answer] = await once(socket, 'data', { signal: AbortSignal.timeout(10_000) }).catch(() => ['']);
  socket.destroy();
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(String(answer))?.[1] ?? 0);
}
