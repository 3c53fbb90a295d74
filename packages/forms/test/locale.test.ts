import { describe, expect, it } from 'vitest';
import { directionOf, formByName, formsIn, localeOf, LOCALES, validate } from '../src/index.ts';

const asking = (headers: Record<string, string>) => localeOf(new Headers(headers));

describe('the language', () => {
  it('is the first of the browser’s that we speak, by its own order of preference', () => {
    expect(asking({ 'accept-language': 'de-AT,de;q=0.9,en;q=0.8' })).toBe('de');
    expect(asking({ 'accept-language': 'fr, en;q=0.5, de;q=0.7' })).toBe('de');
    expect(asking({ 'accept-language': 'fr-CA, en-GB;q=0.9, de;q=0' })).toBe('en');
  });

  it('is English for whoever says nothing, something unknown or nonsense', () => {
    for (const value of ['', '*', 'xx', ';;q=,,', 'de;q=0', 'constructor']) {
      expect(asking({ 'accept-language': value })).toBe('en');
    }
    expect(asking({})).toBe('en');
  });

  it('is the chosen one, whatever the browser says', () => {
    expect(asking({ cookie: 'a=b; lang=de; c=d', 'accept-language': 'en' })).toBe('de');
    expect(asking({ cookie: 'xlang=de; lang=xx', 'accept-language': 'en' })).toBe('en');
  });

  it('is written from the right where it is', () => {
    expect(['en', 'de', 'ar', 'he-IL', 'fa'].map(directionOf)).toEqual(['ltr', 'ltr', 'rtl', 'rtl', 'rtl']);
  });
});

describe('a form', () => {
  it('asks and accepts the same in every language', () => {
    for (const form of formsIn('en')) {
      for (const locale of LOCALES) {
        const other = formByName(form.name, locale);
        expect(other?.fields.map(({ name, kind }) => [name, kind])).toEqual(
          form.fields.map(({ name, kind }) => [name, kind]),
        );
        expect(other && validate(other, form.sample)).toEqual({ ok: true, data: form.sample });
      }
    }
  });

  it('complains in its language', () => {
    const form = formByName('contact', 'de');
    const result = form && validate(form, { email: 'x', message: 'm'.repeat(10_001), more: 1 });
    expect(result?.ok === false && result.issues.map((issue) => issue.message)).toEqual([
      'Geben Sie Ihren Namen ein',
      'Geben Sie eine gültige E-Mail-Adresse ein, wie name@example.com',
      '„Ihre Nachricht“ darf höchstens 10.000 Zeichen lang sein',
      '„more“ ist kein Feld von contact: entfernen Sie es',
    ]);
  });
});
