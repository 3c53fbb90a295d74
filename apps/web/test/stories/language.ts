import { expect, it } from 'vitest';
import { ANSWERS, mintedId } from '../native.ts';
import { expectAccessible, receiptId, SEND, sees } from '../world.ts';
import type { World } from '../world.ts';

const GERMAN = { locale: 'de-DE' };

/** Each in their own language, from the form to the receipt. */
export function languageStories(world: () => World): void {
  it('a browser that asks for German is served in German, to the receipt', async () => {
    const page = await world().open('/forms/contact', GERMAN);
    expect(await page.locator('html').getAttribute('lang')).toBe('de');
    await page.click(SEND);
    await sees(page, 'Bitte prüfen Sie Ihre Angaben');
    expect(await page.title()).toMatch(/^Fehler: /);
    expect(await page.locator('#answer-name-error').textContent()).toBe('Fehler: Geben Sie Ihren Namen ein');
    await expectAccessible(page);
    await page.getByLabel('Ihr Name').fill('Ada Lovelace');
    await page.getByLabel('E-Mail-Adresse').fill('ada@example.com');
    await page.getByLabel('Ihre Nachricht').fill('Guten Tag');
    await page.click(SEND);
    const id = await receiptId(page);
    await sees(page, 'Einsendung bearbeitet');
    await sees(page, 'Das Ergebnis ist in Postgres, auf die Festplatte geschrieben.');
    await expectAccessible(page);
    expect(await world().timesProcessed(id)).toBe(1);
  });

  it('without JavaScript the errors of a native post are German too', async () => {
    const response = await fetch(`${world().web.url}/forms/contact`, {
      method: 'POST',
      headers: { 'accept-language': 'de' },
      body: new URLSearchParams({ _id: await mintedId(world()), ...ANSWERS, email: 'x' }),
    });
    expect(response.status).toBe(422);
    const page = await response.text();
    expect(page).toContain('<html lang="de" dir="ltr"');
    expect(page).toContain('Geben Sie eine gültige E-Mail-Adresse ein, wie name@example.com');
  });

  it('a chosen language is kept, and a draft from the other language stays', async () => {
    const page = await world().open('/forms/contact');
    await page.getByLabel('Your message').fill('Half a sentence');
    await page.getByRole('link', { name: 'Deutsch' }).click();
    await page.getByLabel('Ihre Nachricht').waitFor();
    await sees(page, 'Wir haben den Entwurf wiederhergestellt, den Sie auf diesem Gerät begonnen hatten.');
    expect(await page.getByLabel('Ihre Nachricht').inputValue()).toBe('Half a sentence');
    await page.goto('/');
    await sees(page, 'Schreiben Sie uns');
    await page.goto('/forms/nothing');
    await sees(page, 'Seite nicht gefunden');
  });

  it('programs get errors in English, unless they ask for another language', async () => {
    const post = async (headers: Record<string, string>) => {
      const response = await fetch(`${world().web.url}/api/submit`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ form: 'contact', data: {} }),
      });
      return response.text();
    };
    expect(await post({})).toContain('Enter your name');
    expect(await post({ 'accept-language': 'de' })).toContain('Geben Sie Ihren Namen ein');
  });

  it('written from the right, no page of a form or receipt runs over its edge, narrow or wide', async () => {
    for (const width of [360, 1280]) {
      const page = await world().open('/forms/registration', { viewport: { width, height: 800 } });
      await page.click(SEND);
      await page.getByRole('alert').first().waitFor();
      // In one step: nothing moves for those who want less motion, and the mark is there at once.
      const found = await page.locator('#answer-name').evaluate((control) => {
        const root = document.documentElement;
        root.dir = 'rtl';
        const box = control.closest('.border-bad.ps-4');
        const mark = box ? getComputedStyle(box).borderRightWidth : 'none';
        return { overflow: root.scrollWidth - root.clientWidth, mark };
      });
      expect([width, found]).toEqual([width, { overflow: 0, mark: '4px' }]);
    }
  });
}
