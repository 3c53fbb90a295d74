import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sandboxEnv, serveControl, waitFor } from '@spillway/devstack';
import { chromium } from 'playwright-core';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { launchOptions } from '../../../scripts/browser.ts';
import { startEnvironment } from './environment.ts';
import type { Environment } from './environment.ts';
import { fillForShots, OPERATOR_SCENES, SANDBOX_SCENES } from './operator-shots.ts';
import { PUBLIC_SCENES } from './public-shots.ts';
import { SHOTS_FOLDER, shootScenes } from './shoot.ts';
import type { Scene } from './shoot.ts';

/*
 * Pictures of the running system: `pnpm --filter @spillway/web screenshots`. Those of the README go to docs/images,
 * each page in both themes, wide and narrow, to .spillway/screenshots. `screenshots admin-dead form` takes only those
 * pages whose names begin so.
 */

const FOLDER = join(import.meta.dirname, '../../../docs/images');
const BURST = 4_000;
/** One at a time, so that there is a backlog to be seen. */
const SLOW_WORKER = { WORKER_CONCURRENCY: '1', WORKER_BATCH_SIZE: '1' };

/** Of the arguments: the beginnings of names. None: everything. */
const wantedNames = process.argv.slice(2);

const environment = await startEnvironment();
const browser = await chromium.launch(await launchOptions());
try {
  await mkdir(FOLDER, { recursive: true });
  await environment.startWorker();
  await shootScenes(browser, environment, wanted(PUBLIC_SCENES));
  if (wantedNames.length === 0) {
    await takeReceipt();
    await takeOutage();
    await environment.redis.start();
    await inSandbox(takeSandbox);
  }
  await environment.stopWorker();
  await fillForShots(environment);
  const storageState = await signedIn();
  await shootScenes(browser, environment, wanted(OPERATOR_SCENES), { storageState });
  await inSandbox((web) => shootScenes(browser, { web }, wanted(SANDBOX_SCENES), { storageState }));
  console.log(SHOTS_FOLDER);
} finally {
  await browser.close();
  await environment.stop();
}

function wanted(scenes: Readonly<Record<string, Scene>>): Readonly<Record<string, Scene>> {
  if (wantedNames.length === 0) return scenes;
  const names = Object.keys(scenes).filter((name) => wantedNames.some((begin) => name.startsWith(begin)));
  return Object.fromEntries(Object.entries(scenes).filter(([name]) => names.includes(name)));
}

async function signedIn() {
  const context = await browser.newContext({ baseURL: environment.web.url });
  const { email, password } = environment.operator;
  await context.request.post('/api/auth/sign-in/email', { data: { email, password } });
  return context.storageState();
}

/** With a web process that may break the stores. */
async function inSandbox(run: (web: Environment['web']) => Promise<void>): Promise<void> {
  const { postgres, redis, databaseUrl } = environment;
  const root = await mkdtemp(join(tmpdir(), 'spillway-shots-'));
  const stop = () => Promise.resolve();
  const control = await serveControl(root, { databaseUrl, redisUrl: redis.url, postgres, redis, stop });
  const web = await environment.startWeb(sandboxEnv(root));
  try {
    await run(web);
  } finally {
    await web.stop();
    await control.close();
    await rm(root, { recursive: true, force: true });
  }
}

/** Somebody fills in the form while all is well, and sees it processed. */
async function takeReceipt(): Promise<void> {
  const page = await open('/forms/contact', 900);
  await fill(page, 'Do you take registrations for a group of twelve?');
  await shoot(page, 'form');
  await page.click('button[type=submit]');
  await page.getByText('Submission processed').first().waitFor();
  await shoot(page, 'receipt');
}

/** Redis is killed, and more arrives than a slow worker can take. */
async function takeOutage(): Promise<void> {
  const { web, redis } = environment;
  const page = await open('/admin', 1280, { storageState: await signedIn(), height: 1090 });
  await page.locator('#sentence').waitFor();
  await environment.stopWorker();
  await redis.kill();
  const sender = await open('/forms/contact', 900);
  await fill(sender, 'Is the hall accessible by wheelchair?');
  await sender.click('button[type=submit]');
  await sender.getByText('In Postgres').first().waitFor();
  await shoot(sender, 'receipt-outage');
  const burst = Promise.all(Array.from({ length: 16 }, () => post(web.url, BURST / 16)));
  await environment.startWorker(SLOW_WORKER);
  await burst;
  const sentence = () => page.locator('#sentence').innerText();
  await waitFor(async () => (await sentence()).includes('being processed directly from Postgres'));
  await shoot(page, 'admin-outage');
  await page.emulateMedia({ colorScheme: 'dark' });
  await shoot(page, 'admin-outage-dark');
  await page.emulateMedia({ colorScheme: 'light' });
  await page.goto('/admin/waiting');
  await page.locator('[data-row-link]').nth(3).waitFor();
  await shoot(page, 'waiting');
}

/** Redis is killed from the page, and a thousand are sent all the same. */
async function takeSandbox({ url: baseURL }: Environment['web']): Promise<void> {
  const page = await open('/admin/sandbox', 1280, { baseURL, storageState: await signedIn() });
  await page.getByRole('button', { name: 'Kill Redis' }).click();
  await page.getByText('Redis is killed.').waitFor();
  await page.getByRole('button', { name: 'Send 1,000 submissions' }).click();
  await page.getByText('All 1,000 sent.').waitFor();
  await shoot(page, 'sandbox');
  await environment.redis.start();
}

async function post(url: string, times: number): Promise<void> {
  for (let n = 0; n < times; n += 1) {
    const data = { name: 'Grace Hopper', email: 'grace@example.com', message: `Question ${n}` };
    await fetch(`${url}/api/submit`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ form: 'contact', data }),
    });
  }
}

async function fill(page: Page, message: string): Promise<void> {
  await page.getByLabel('Your name').fill('Ada Lovelace');
  await page.getByLabel('Email address').fill('ada@example.com');
  await page.getByLabel('Your message').fill(message);
}

async function open(
  path: string,
  width: number,
  { height = 900, ...options }: BrowserContextOptions & { height?: number } = {},
): Promise<Page> {
  const context = await browser.newContext({
    baseURL: environment.web.url,
    viewport: { width, height },
    deviceScaleFactor: 1.5,
    reducedMotion: 'reduce',
    ...options,
  });
  const page = await context.newPage();
  await page.goto(path);
  return page;
}

async function shoot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(FOLDER, `${name}.png`) });
}
