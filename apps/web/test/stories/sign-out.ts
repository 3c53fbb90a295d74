import { waitFor } from '@spillway/devstack';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { postSignIn } from '../native.ts';
import { sees } from '../world.ts';
import type { World } from '../world.ts';

const OTHER = 'someone@private.example';
const SESSION_COOKIE = 'spillway.session_token';

/** What a sign-out is worth, with Postgres and without. */
export function signOutStories(world: () => World): void {
  it('while Postgres is away a sign-out says that it failed, and no secret reaches the log', async () => {
    const page = await openSignedIn(world());
    const token = await tokenOf(page);
    await world().postgres.kill();
    try {
      await page.getByRole('button', { name: 'Sign out' }).click();
      await sees(page, 'Not signed out');
      expect(await tokenOf(page)).toBe(token);
      const { status, headers } = await postSignIn(world().web.url, OTHER, 'a password that nobody has');
      expect([status, headers.get('content-type')]).toEqual([503, 'application/problem+json']);
    } finally {
      await world().postgres.start();
    }
    await waitFor(async () => (await sessionStatus(page)) === 200, {
      message: 'the session after the outage',
    });
    const output = world().web.output();
    expect(output).toContain('could not be carried out');
    for (const secret of [token.split('.', 1)[0] ?? '', OTHER, 'Failed query']) {
      expect(output).not.toContain(secret);
    }
  });

  it('a user who has signed out gets no access when Postgres goes away', async () => {
    const page = await openSignedIn(world());
    const cookies = await page.context().cookies();
    expect(await sessionStatus(page)).toBe(200);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL('**/admin/sign-in');
    await page.context().addCookies(cookies);
    await world().postgres.kill();
    try {
      expect(await sessionStatus(page)).toBe(503);
      await page.goto('/admin');
      expect(new URL(page.url()).pathname).toBe('/admin/sign-in');
    } finally {
      await world().postgres.start();
    }
    await waitFor(async () => (await sessionStatus(page)) === 401, { message: 'the end of the outage' });
  });
}

/** With a session of its own: it will not outlive the story. */
async function openSignedIn(world: World): Promise<Page> {
  const { email, password } = world.operator;
  const page = await world.open('/admin/sign-in');
  // Sign-ins are limited, and other stories sign in too.
  await waitFor(async () => (await signInAs(page, email, password)).status() === 200);
  await page.goto('/admin');
  await sees(page, 'All submissions go through Redis.');
  return page;
}

function signInAs(page: Page, email: string, password: string) {
  return page.request.post('/api/auth/sign-in/email', { data: { email, password } });
}

async function sessionStatus(page: Page): Promise<number> {
  return (await page.request.get('/api/trpc/admin.overview')).status();
}

async function tokenOf(page: Page): Promise<string> {
  const cookies = await page.context().cookies();
  return decodeURIComponent(cookies.find((cookie) => cookie.name === SESSION_COOKIE)?.value ?? '');
}
