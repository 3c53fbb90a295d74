import { newId } from '@spillway/queue';
import { expect, it } from 'vitest';
import { ANSWERS, postContact, postSignIn } from '../native.ts';
import type { World } from '../world.ts';
import { sendRaw } from './send-raw.ts';

/** A line of a stack, and where our files lie. */
const INNER = /\n\s+at |node_modules|\.next\/|\.ts:\d|ECONNREFUSED|timeout exceeded/;

/** What a sender learns of a failure: that there was one. */
export function failureThreats(world: () => World): void {
  it.each([
    'OPTIONS *',
    'GET *',
    'POST *',
    'GET ftp://x',
    'GET x:y',
    'OPTIONS http://evil.example/api/nothing',
  ])('%s, which names no page of ours, leads nowhere', async (line) => {
    const { web } = world();
    const before = web.output();
    const answer = await sendRaw(web.url, `${line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 40[04] /);
    expect(answer).not.toMatch(INNER);
    expect(web.output()).toBe(before);
  });

  it('a whole address, as proxies get it, is treated as its path', async () => {
    const answer = await sendRaw(
      world().web.url,
      'GET http://evil.example/api/health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).toContain('{"status":"ok"}');
  });

  it.each([
    '/icon.svg',
    '/icon.svg?x',
    '/icon.svgx',
    '/icon.svg/x',
    '/iconxsvg',
    '/%69con.svg',
    '/ICON.svg',
    '/api',
    '/apix',
    '/API/x',
    '/%61pi/x',
    '/api/nothing',
    '/_next/static',
    '/_next/staticx',
    '/_next/static/nothing',
    '/_next/nothing',
    '/%5fnext/static/x',
  ])('%s has a policy', async (path) => {
    const { headers } = await fetch(world().web.url + path);
    expect(headers.get('content-security-policy')).toMatch(/default-src '(none|self)'/);
  });

  it.each([
    ['freeze', 'resume'],
    ['kill', 'start'],
  ] as const)('while Postgres is away (%s), every door says so in its own words', async (fail, mend) => {
    const { web, postgres, operator, databaseUrl } = world();
    const { cookies } = await world().session();
    const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
    const accepted = await postContact({ web }, ANSWERS);
    const receipt = accepted.headers.get('location') ?? '';
    const before = web.output().length;
    const input = encodeURIComponent('{}');
    const asked = [
      '/',
      '/forms/contact',
      receipt,
      `/s/${newId()}?receipt=x`,
      receipt.replace('/s/', '/api/submissions/'),
      '/admin',
      '/admin/users',
      '/api/auth/get-session',
      '/api/admin/export?list=postgres',
      '/api/admin/export?list=processed&format=ndjson',
      `/api/trpc/admin.users.list?input=${input}`,
      `/api/trpc/admin.audit?input=${input}`,
      `/api/trpc/admin.flow?input=${encodeURIComponent('{"range":"1h"}')}`,
      `/api/trpc/admin.operations?input=${input}`,
      '/api/health/status',
      '/api/metrics',
    ];
    await postgres[fail]();
    try {
      const answers = await Promise.all([
        ...asked.map(async (path) => [path, await fetch(web.url + path, { headers: { cookie } })] as const),
        (async () => ['sign-in', await postSignIn(web.url, operator.email, operator.password)] as const)(),
        (async () => ['native', await postContact({ web }, ANSWERS)] as const)(),
        (async () =>
          [
            'find',
            await fetch(`${web.url}/find`, {
              method: 'POST',
              body: new URLSearchParams({ reference: newId(), proof: 'a@example.com' }),
            }),
          ] as const)(),
      ]);
      for (const [path, response] of answers) {
        expect([path, response.status]).not.toEqual([path, 500]);
        // A page brings its own scripts, by name.
        const text = (await response.text()).replaceAll(/<script.*?<\/script>/gs, '');
        expect([path, INNER.exec(text)?.[0]]).toEqual([path, undefined]);
        expect([path, text]).toEqual([path, expect.not.stringContaining(`:${new URL(databaseUrl).port}`)]);
      }
    } finally {
      await postgres[mend]();
    }
    // Nor past the log: each line is one of ours.
    const lines = web.output().slice(before).split('\n').filter(Boolean);
    expect(lines.filter((line) => !line.startsWith('{'))).toEqual([]);
  });
}
