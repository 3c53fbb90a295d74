import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { Environment } from './environment.ts';

const FOLDER = join(import.meta.dirname, '../../../.spillway/screenshots');
const SUBMIT = '**/api/trpc/submission.submit*';
const WIDTHS = { wide: 1280, narrow: 360 } as const;
const THEMES = ['light', 'dark'] as const;

type Scene = (page: Page) => Promise<void>;

const go =
  (path: string): Scene =>
  async (page) =>
    void (await page.goto(path));

/** What there is to be seen, and how one gets there. */
const SCENES: Readonly<Record<string, Scene>> = {
  home: go('/'),
  'home-german': go('/?lang=de'),
  form: async (page) => {
    await page.goto('/forms/contact');
    await fill(page);
  },
  'form-errors': async (page) => {
    await page.goto('/forms/registration');
    await page.getByLabel('Full name').fill('Grace Hopper');
    await page.click('button[type=submit]');
    await page.getByRole('alert').first().waitFor();
  },
  'form-right-to-left': async (page) => {
    await page.goto('/forms/registration');
    await page.click('button[type=submit]');
    await page.getByRole('alert').first().waitFor();
    await page.evaluate(() => (document.documentElement.dir = 'rtl'));
  },
  'form-draft': async (page) => {
    await page.goto('/forms/contact');
    await fill(page);
    await page.reload();
    await page.getByText('We have filled in').waitFor();
  },
  'form-offline': async (page) => {
    await page.goto('/forms/contact');
    await fill(page);
    await page.context().setOffline(true);
    await page.click('button[type=submit]');
    await page.getByText('You are offline').waitFor();
  },
  outbox: async (page) => {
    await page.goto('/forms/contact');
    await fill(page);
    await page.route(SUBMIT, (route) => route.abort());
    await page.click('button[type=submit]');
    await page.getByText('We did not get an answer').waitFor();
    await page.goto('/');
    await page.getByText('Not sent yet').waitFor();
  },
  receipt: async (page) => {
    await page.goto('/forms/contact');
    await fill(page);
    await page.click('button[type=submit]');
    await page.getByText('Submission processed').first().waitFor();
  },
  'receipt-on-paper': async (page) => {
    await SCENES['receipt']?.(page);
    await page.emulateMedia({ media: 'print' });
  },
  find: async (page) => {
    await page.goto('/find');
    await page.getByLabel('Reference').fill('01A2-0775-7CDB-AB06-30DF');
    await page.getByLabel('Email address or receipt code').fill('ada@example.com');
    await page.click('button[type=submit]');
    await page.getByText('We found no submission').first().waitFor();
  },
  'not-found': go('/nowhere'),
  problem: go('/problems/not-accepted'),
};

/** Every page for everyone, in both themes, wide and narrow: to be looked at, not to be kept. */
export async function takePublicPages(browser: Browser, environment: Environment): Promise<string> {
  await mkdir(FOLDER, { recursive: true });
  for (const [name, scene] of Object.entries(SCENES)) {
    for (const theme of THEMES) {
      for (const [size, width] of Object.entries(WIDTHS)) {
        const context = await browser.newContext({
          baseURL: environment.web.url,
          viewport: { width, height: 800 },
          colorScheme: theme,
          reducedMotion: 'reduce',
        });
        await shoot(context, scene, `${name}-${size}-${theme}.png`);
      }
    }
  }
  return FOLDER;
}

async function shoot(context: BrowserContext, scene: Scene, file: string): Promise<void> {
  const page = await context.newPage();
  await scene(page);
  await page.screenshot({ path: join(FOLDER, file), fullPage: true });
  await context.close();
}

async function fill(page: Page): Promise<void> {
  await page.getByLabel('Your name').fill('Ada Lovelace');
  await page.getByLabel('Email address').fill('ada@example.com');
  await page.getByLabel('Your message').fill('Do you take registrations for a group of twelve?');
}
