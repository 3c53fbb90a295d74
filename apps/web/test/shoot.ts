import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { Environment } from './environment.ts';

export const SHOTS_FOLDER = join(import.meta.dirname, '../../../.spillway/screenshots');
const WIDTHS = { wide: 1440, narrow: 360 } as const;
/** Long lists go on as they began. */
const MAX_HEIGHT = 2000;
const THEMES = ['light', 'dark'] as const;

/** How one gets to what is to be seen. */
export type Scene = (page: Page) => Promise<void>;

export const go =
  (path: string): Scene =>
  async (page) =>
    void (await page.goto(path));

/** Each scene in both themes, wide and narrow: to be looked at, not to be kept. */
export async function shootScenes(
  browser: Browser,
  { web }: Pick<Environment, 'web'>,
  scenes: Readonly<Record<string, Scene>>,
  options: BrowserContextOptions = {},
): Promise<void> {
  await mkdir(SHOTS_FOLDER, { recursive: true });
  for (const [name, scene] of Object.entries(scenes)) {
    for (const colorScheme of THEMES) {
      for (const [size, width] of Object.entries(WIDTHS)) {
        const context = await browser.newContext({
          baseURL: web.url,
          viewport: { width, height: 800 },
          colorScheme,
          reducedMotion: 'reduce',
          ...options,
        });
        const page = await context.newPage();
        await scene(page);
        const height = await page.evaluate(() => document.documentElement.scrollHeight);
        await page.screenshot({
          path: join(SHOTS_FOLDER, `${name}-${size}-${colorScheme}.png`),
          fullPage: true,
          clip: { x: 0, y: 0, width, height: Math.min(height, MAX_HEIGHT) },
        });
        await context.close();
      }
    }
  }
}
