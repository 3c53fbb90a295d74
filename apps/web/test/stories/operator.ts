import { stat } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { expectAccessible, SEND, sees, signIn } from '../world.ts';
import type { World } from '../world.ts';

/** Who gets in, and who does not. */
export function operatorStories(world: () => World): void {
  it('without a session the page is closed, and so is everything behind it', async () => {
    const page = await world().open('/admin');
    expect(new URL(page.url()).pathname).toBe('/admin/sign-in');
    await expectAccessible(page);
    for (const path of ['admin.overview', 'admin.backlog']) {
      const response = await page.request.get(`/api/trpc/${path}`);
      expect([path, response.status()]).toEqual([path, 401]);
    }
    // A stream has begun by the time it is refused, so it says so inside.
    const stream = await (await page.request.get('/api/trpc/admin.watch')).text();
    expect(stream).toContain('"code":"unauthorized"');
    expect((await page.request.post('/api/trpc/admin.recoverNow', { data: {} })).status()).toBe(401);
  });

  it('a visitor cannot create an account', async () => {
    const response = await fetch(`${world().web.url}/api/auth/sign-up/email`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: world().web.url },
      body: JSON.stringify({
        email: 'mallory@example.com',
        password: 'long enough to be one',
        name: 'Mallory',
      }),
    });
    expect(response.status).toBe(404);
  });

  it('the first operator has a random password, in a file that only its owner can read', async () => {
    const { operator, operatorFile } = world();
    expect((await stat(operatorFile)).mode & 0o777).toBe(0o600);
    expect(operator.password.length).toBeGreaterThanOrEqual(24);
  });

  it('a wrong password is explained, the right one opens the page, and signing out closes it', async () => {
    const { operator } = world();
    const page = await world().open('/admin');
    await page.getByLabel('Email address').fill(operator.email);
    await page.getByLabel('Password').fill('not the password');
    await page.click(SEND);
    await sees(page, 'Wrong email address or password.');
    await expectAccessible(page);
    await page.getByLabel('Password').fill(operator.password);
    await page.click(SEND);
    await sees(page, 'All submissions go through Redis.');
    await sees(page, 'Oldest waiting');
    await sees(page, 'Live');
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL('**/admin/sign-in');
    await page.goto('/admin');
    expect(new URL(page.url()).pathname).toBe('/admin/sign-in');
  });

  it('a page of another site cannot act as an operator', async () => {
    const page = await signIn(world());
    const act = (origin: string) =>
      page.request.post('/api/trpc/admin.recoverNow', {
        headers: { origin, 'content-type': 'application/json' },
      });
    expect((await act('https://evil.example')).status()).toBe(403);
    expect((await act(world().web.url)).status()).toBe(200);
  });

  it('scripts run only with the nonce of their response, and no other site may frame a page', async () => {
    const { url } = world().web;
    const policies = await Promise.all(
      [fetch(url), fetch(url)].map(async (response) => policyOf(await response)),
    );
    const nonces = policies.map((policy) => /'nonce-([^']+)'/.exec(policy)?.[1]);
    expect(nonces[0]).toBeTruthy();
    expect(nonces[0]).not.toBe(nonces[1]);
    for (const policy of policies) expect(policy).toContain("frame-ancestors 'none'");
    const { headers } = await fetch(url);
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('x-powered-by')).toBeNull();
  });
}

function policyOf(response: Response): string {
  return response.headers.get('content-security-policy') ?? '';
}
