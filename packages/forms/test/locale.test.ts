import { describe, expect, it } from 'vitest';
import { directionOf, formByName, formsIn, localeOf, LOCALES, validate } from '../src/index.ts';

const asking = (headers: Record<string, string>) => localeOf(new Headers(headers));

describe('the language', () => {
  it('is the browser’s first supported one, in its order of preference', () => {
    expect(asking({ 'accept-language': 'de-AT,de;q=0.9,en;q=0.8' })).toBe('de');
    expect(asking({ 'accept-language': 'fr, en;q=0.5, de;q=0.7' })).toBe('de');
    expect(asking({ 'accept-language': 'fr-CA, en-GB;q=0.9, de;q=0' })).toBe('en');
  });

  it('is English if the browser sends none, an unknown one or nonsense', () => {
    for (const value of ['', '*', 'xx', ';;q=,,', 'de;q=0', 'constructor']) {
      expect(asking({ 'accept-language': value })).toBe('en');
    }
    expect(asking({})).toBe('en');
  });

  it('is the chosen one, whatever the browser asks for', () => {
    expect(asking({ cookie: 'a=b; lang=de; c=d', 'accept-language': 'en' })).toBe('de');
    expect(asking({ cookie: 'xlang=de; lang=xx', 'accept-language': 'en' })).toBe('en');
  });

  it('has its direction of writing, also from right to left', () => {
    expect(['en', 'de', 'ar', 'he-IL', 'fa'].map(directionOf)).toEqual(['ltr', 'ltr', 'rtl', 'rtl', 'rtl']);
  });
});

describe('a form', () => {
  it('has the same questions and the same rules in every language', () => {
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

  it('reports errors in its language', () => {
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
