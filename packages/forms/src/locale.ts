/** The languages of this site. The first one is used if the browser asks for none of them. */
export const LOCALES = ['en', 'de'] as const;

export type Locale = (typeof LOCALES)[number];

/** The cookie that keeps a chosen language. `localeOf` reads it. */
export const LOCALE_COOKIE = 'lang';

const RTL_LANGUAGES = new Set(['ar', 'dv', 'fa', 'he', 'ps', 'sd', 'ug', 'ur', 'yi']);

/** A language of this site, or `undefined`. */
export function toLocale(text: string | null | undefined): Locale | undefined {
  return LOCALES.find((locale) => locale === text);
}

/** The language for a request with these headers: the one that the person chose, else the best one that the browser asks for. */
export function localeOf(headers: Pick<Headers, 'get'>): Locale {
  const chosen = /(?:^|;\s*)lang=([^;]*)/.exec(headers.get('cookie') ?? '')?.[1];
  return toLocale(chosen) ?? fromAcceptLanguage(headers.get('accept-language') ?? '');
}

/** Which way a language is written, for the page's `dir`. */
export function directionOf(language: string): 'ltr' | 'rtl' {
  return RTL_LANGUAGES.has(primaryOf(language)) ? 'rtl' : 'ltr';
}

function fromAcceptLanguage(header: string): Locale {
  const wanted = header
    .split(',')
    .map((part) => {
      const [language = '', ...parameters] = part.trim().toLowerCase().split(';');
      const quality = parameters.find((parameter) => parameter.trim().startsWith('q='));
      return { language, weight: quality === undefined ? 1 : Number(quality.trim().slice(2)) || 0 };
    })
    .filter(({ weight }) => weight > 0)
    .toSorted((a, b) => b.weight - a.weight);
  for (const { language } of wanted) {
    const locale = toLocale(primaryOf(language));
    if (locale) return locale;
  }
  return LOCALES[0];
}

function primaryOf(language: string): string {
  return language.toLowerCase().split('-', 1)[0] ?? '';
}
