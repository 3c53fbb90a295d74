import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { expectAccessible, sees, signIn } from '../world.ts';
import type { World } from '../world.ts';

const PASSWORD = 'a password for the tests';

/** What an operator sees at a glance, what an admin sets up, and what is kept of it. */
export function overviewStories(world: () => World): void {
  it('the flow over a day, as a chart and as a table: both are in the address, and a reload keeps them', async () => {
    const page = await signIn(world());
    await page.getByRole('button', { name: '24h' }).click();
    await page.waitForURL((url) => url.searchParams.get('range') === '24h');
    await page.getByRole('img', { name: /^Over 24 hours: Accepted by Redis at most/ }).waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Show as table' }).click();
    const table = page.getByRole('region', { name: 'Submissions per minute, as a table' });
    await table.getByRole('columnheader', { name: 'Settled' }).waitFor();
    await page.reload();
    expect(new URL(page.url()).searchParams.get('table')).toBe('true');
    await table.waitFor();
    expect(await page.getByRole('button', { name: '24h' }).getAttribute('aria-pressed')).toBe('true');
    await page.getByRole('button', { name: '1h' }).click();
    await page.waitForURL((url) => url.search === '?table=true');
    await expectAccessible(page, '[aria-labelledby=traffic-title]');
    await page.getByRole('button', { name: 'Show as chart' }).click();
    await page.waitForURL((url) => url.search === '');
    await page.getByRole('img', { name: /^Over 1 hour/ }).waitFor();
  });

  it('workers are paused, after an explanation, and resumed by keyboard alone', async () => {
    const page = await signIn(world());
    await press(page, 'Pause Workers');
    await sees(page, 'Every worker finishes its current submissions and claims no new ones.');
    await expectAccessible(page);
    await press(page, 'Pause');
    await sees(page, /Workers are paused\.$/);
    await press(page, 'Resume Workers');
    await press(page, 'Resume');
    await page.getByRole('button', { name: 'Pause Workers' }).waitFor();
    await page.goto('/admin/audit?action=pause');
    await page.getByRole('region', { name: 'Audit log' }).getByText('worker', { exact: true }).waitFor();
    await expectAccessible(page);
  });

  it('an admin adds a viewer, who sees the state and no button, and changes their own password', async () => {
    const email = 'ada.viewer@example.org';
    const page = await signIn(world());
    await page.goto('/admin/users');
    await page.getByRole('button', { name: 'New user' }).click();
    await page.getByRole('alertdialog', { name: 'New user' }).waitFor();
    await expectAccessible(page);
    await page.getByLabel('Email address').fill(email);
    await page.getByLabel('Name').fill('Ada');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('button', { name: `Role: ${email}` }).waitFor();
    await expectAccessible(page);

    const viewer = await openAs(world(), email);
    await sees(viewer, 'On');
    expect(await viewer.getByRole('button', { name: /^(Pause|Resume|Recover)/ }).count()).toBe(0);
    expect(await viewer.getByRole('link', { name: 'Users' }).count()).toBe(0);
    await viewer.getByRole('link', { name: 'Account' }).click();
    await viewer.getByLabel('Present password').fill(PASSWORD);
    await viewer.getByLabel('New password').fill(`${PASSWORD}, changed`);
    await viewer.getByRole('button', { name: 'Change password' }).click();
    await sees(viewer, 'Your password was changed.');
    await expectAccessible(viewer);

    await page.getByRole('button', { name: `Remove: ${email}` }).click();
    await sees(page, 'The user is deleted.');
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    // By its text: under an open dialog no button has a name.
    await page.getByText(email).first().waitFor({ state: 'detached' });
    const again = await viewer.request.post('/api/auth/sign-in/email', {
      headers: { origin: world().web.url },
      data: { email, password: `${PASSWORD}, changed` },
    });
    expect(again.status()).toBe(401);
  });
}

/** Reaches the button by Tab, and presses it. */
async function press(page: Page, name: string): Promise<void> {
  const button = page.getByRole('button', { name, exact: true });
  await button.waitFor();
  for (let tabs = 0; tabs < 60; tabs += 1) {
    if (await button.evaluate((element) => element === document.activeElement)) break;
    await page.keyboard.press('Tab');
  }
  await page.keyboard.press('Enter');
}

async function openAs(world: World, email: string): Promise<Page> {
  const page = await world.open('/admin/sign-in');
  await page.getByLabel('Email address').fill(email);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.locator('#sentence').waitFor();
  return page;
}
