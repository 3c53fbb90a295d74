import { randomBytes } from 'node:crypto';
import { AxeBuilder } from '@axe-core/playwright';
import type { Role } from '@spillway/api';
import { createDb, insertUser, submissions } from '@spillway/db';
import type { Db } from '@spillway/db';
import { hashPassword } from 'better-auth/crypto';
import { eq } from 'drizzle-orm';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { expect } from 'vitest';
import { launchOptions } from '../../../scripts/browser.ts';
import { startEnvironment } from './environment.ts';
import type { Environment } from './environment.ts';

/** Ends what hangs, also on a machine that is ten times slower than usual. */
const PATIENCE_MS = 60_000;

/** Everything that runs, and a browser to look at it. */
export interface World extends Environment {
  readonly db: Db;
  /** A page in a fresh profile. */
  open(path: string, options?: BrowserContextOptions): Promise<Page>;
  /** Closes every page. Open ones go on asking the server, and take its time from the next test. */
  closePages(): Promise<void>;
  /** The first operator's session, made once: sign-ins are limited. */
  session(): Promise<StorageState>;
  /** The session of a user with this role, made anew. */
  sessionAs(role: Role): Promise<StorageState>;
  /** What browsers have said so far of pages that break their own security policy. */
  readonly violations: readonly string[];
  /** How often the default handler has processed this submission. */
  timesProcessed(id: string): Promise<number>;
}

export async function startWorld(): Promise<World> {
  const environment = await startEnvironment();
  const browser = await chromium.launch(await launchOptions());
  const db = patientDb(environment.databaseUrl);
  const violations: string[] = [];
  let session: Promise<StorageState> | undefined;
  return {
    ...environment,
    db,
    violations,
    async open(path, options) {
      const page = await openPage(browser, environment.web.url, options);
      page.on('console', (message) => {
        if (message.text().includes('Content Security Policy'))
          violations.push(`${page.url()}: ${message.text()}`);
      });
      await page.goto(path);
      return page;
    },
    async closePages() {
      await Promise.all(browser.contexts().map((context) => context.close()));
    },
    session: () => (session ??= createSession(browser, environment.web.url, environment.operator)),
    async sessionAs(role) {
      const password = randomBytes(18).toString('base64url');
      const email = `${role}@example.com`;
      await insertUser(db, { email, name: role, role, passwordHash: await hashPassword(password) });
      return createSession(browser, environment.web.url, { email, password });
    },
    timesProcessed: (id) => db.$count(submissions, eq(submissions.id, id)),
    async stop() {
      await browser.close();
      await db.$client.end();
      await environment.stop();
    },
  };
}

/** The application's database, with limits that a slow machine does not reach. */
function patientDb(url: string): Db {
  const db = createDb(url);
  // Of the connections that it opens from here on.
  Object.assign(db.$client.options, { query_timeout: 60_000, connectionTimeoutMillis: 60_000 });
  return db;
}

type StorageState = Awaited<ReturnType<BrowserContext['storageState']>>;

async function createSession(
  browser: Browser,
  url: string,
  { email, password }: { readonly email: string; readonly password: string },
): Promise<StorageState> {
  const context = await browser.newContext();
  const response = await context.request.post(`${url}/api/auth/sign-in/email`, {
    data: { email, password },
  });
  expect(response.status()).toBe(200);
  const state = await context.storageState();
  await context.close();
  return state;
}

async function openPage(
  browser: Browser,
  baseURL: string,
  options: BrowserContextOptions = {},
): Promise<Page> {
  const context = await browser.newContext({
    baseURL,
    viewport: { width: 1280, height: 900 },
    // Colours that are on their way to others have no contrast to speak of.
    reducedMotion: 'reduce',
    ...options,
  });
  context.setDefaultTimeout(PATIENCE_MS);
  return context.newPage();
}

/** Fills in the contact form. */
export async function fillContact(page: Page, message: string): Promise<void> {
  await page.getByLabel('Your name').fill('Ada Lovelace');
  await page.getByLabel('Email address').fill('ada@example.com');
  await page.getByLabel('Your message').fill(message);
}

export const SEND = 'button[type=submit]';

/** Waits for the receipt and gives the submission's id. */
export async function receiptId(page: Page): Promise<string> {
  await page.waitForURL(/\/s\/[0-9a-f-]{36}\?receipt=/);
  return new URL(page.url()).pathname.slice('/s/'.length);
}

const SHOWN_CHARS = 600;

/** Waits until the page shows this text. Throws with what it shows instead. */
export async function sees(page: Page, text: string | RegExp): Promise<void> {
  try {
    await page.getByText(text).first().waitFor();
  } catch (cause) {
    const shown = (await page.locator('body').innerText()).slice(0, SHOWN_CHARS);
    throw new Error(`${page.url()} does not show ${text}, but: ${shown}`, { cause });
  }
}

/** The operations page, with the first operator signed in. `path`: where, if not on the usual web process. */
export async function signIn(world: World, path = '/admin'): Promise<Page> {
  const page = await world.open(path, { storageState: await world.session() });
  await page.locator('#sentence').waitFor();
  return page;
}

/** No rule of axe is broken on the page as it stands, or `within` a part of it, in the light and in the dark. */
export async function expectAccessible(page: Page, within?: string): Promise<void> {
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme });
    // Until it is painted, half of the page still has its old colours, and what is on its way has neither.
    await page.evaluate(async () => {
      await new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)));
      await Promise.allSettled(document.getAnimations().map((one) => one.finished));
    });
    // Of WCAG 2.2 AA, the one rule that axe leaves off by itself.
    const axe = new AxeBuilder({ page }).options({ rules: { 'target-size': { enabled: true } } });
    if (within !== undefined) axe.include(within);
    const { violations } = await axe.analyze();
    const found = violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html} ${node.failureSummary}`).join(' ')}`,
    );
    expect(found, `${page.url()} ${colorScheme}`).toEqual([]);
  }
}
