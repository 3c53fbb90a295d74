import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sandboxEnv, serveControl } from '@spillway/devstack';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectAccessible, sees } from '../world.ts';
import type { World } from '../world.ts';

/** Where the stores are there to be broken, and where they are not. */
export function sandboxStories(world: () => World): void {
  let root: string;
  let control: Awaited<ReturnType<typeof serveControl>>;
  let web: Awaited<ReturnType<World['startWeb']>>;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'spillway-sandbox-'));
    const { postgres, redis, databaseUrl } = world();
    const stop = () => Promise.resolve();
    control = await serveControl(root, { databaseUrl, redisUrl: redis.url, postgres, redis, stop });
    web = await world().startWeb(sandboxEnv(root));
    await world().stopWorker();
    await world().startWorker();
  });
  afterAll(async () => {
    await web?.stop();
    await control?.close();
    await rm(root, { recursive: true, force: true });
  });

  it('without a devstack there is no sandbox: no page, no link, and no procedure', async () => {
    const page = await openAt(world(), world().web.url, '/admin');
    await sees(page, 'Live');
    expect(await page.getByRole('link', { name: 'Sandbox' }).count()).toBe(0);
    await page.goto('/admin/sandbox');
    await sees(page, 'Page not found');
    const response = await page.request.post('/api/trpc/sandbox.act', {
      headers: { origin: world().web.url },
      data: { store: 'redis', action: 'kill' },
    });
    expect(response.status()).toBe(404);
  });

  it('kill Redis, send 1,000, start Redis: the ledger ends with all of them processed, lost 0', async () => {
    const page = await openAt(world(), web.url, '/admin');
    await page.getByRole('link', { name: 'Sandbox' }).click();
    await sees(page, 'Nothing was sent yet.');
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Kill Redis' }).click();
    await sees(page, 'Redis is killed.');
    await sees(page, /^Redis away for/);
    await page.getByRole('button', { name: 'Send 1,000 submissions' }).click();
    await sees(page, 'All 1,000 sent.');
    await page.getByRole('button', { name: 'Start Redis' }).click();
    await sees(page, 'Redis is started.');
    await sees(page, 'All submissions go through Redis.');
    await figures(page, { Accepted: '1,000', Waiting: '0', Processed: '1,000', Dead: '0', Lost: '0' });
    await expectAccessible(page);
  });

  it('without Postgres the ledger says what it cannot know, and is complete again afterwards', async () => {
    await world().stopWorker();
    const page = await openAt(world(), web.url, '/admin/sandbox');
    await page.getByRole('button', { name: 'Send 1,000 submissions' }).click();
    await figures(page, { Accepted: '2,000', Waiting: '1,000', Lost: '0' });
    await page.getByRole('button', { name: 'Kill Redis' }).click();
    await page.getByRole('button', { name: 'Stop Postgres' }).click();
    await sees(page, 'Postgres is stopped.');
    await figures(page, { Accepted: '2,000', Processed: '1,000', Lost: 'unknown' });
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Start Redis' }).click();
    await page.getByRole('button', { name: 'Start Postgres' }).click();
    await sees(page, 'Postgres is started.');
    await world().startWorker();
    await figures(page, { Accepted: '2,000', Waiting: '0', Processed: '2,000', Lost: '0' });
  });
}

async function openAt(world: World, baseURL: string, path: string): Promise<Page> {
  return world.open(path, { baseURL, storageState: await world.session() });
}

/** Waits until the ledger shows these. */
async function figures(page: Page, wanted: Record<string, string>): Promise<void> {
  const shown = async () => {
    const texts = await page.getByRole('region', { name: 'Ledger' }).locator('dl > div').allInnerTexts();
    return Object.fromEntries(texts.map((text) => text.split('\n').filter(Boolean)));
  };
  await expect.poll(shown).toMatchObject(wanted);
}
