import { LOCALE_COOKIE, localeOf, toLocale } from '@spillway/forms';
import type { Locale } from '@spillway/forms';

const YEAR_S = 365 * 24 * 60 * 60;
/** Their pages are in English, and say so. */
const ENGLISH_ONLY = /^\/(admin|problems)(\/|$)/;

interface Choice {
  readonly locale: Locale;
  /** Path and query, without the choice. */
  readonly path: string;
  /** Keeps a choice that was just made. */
  readonly cookie?: string;
}

/** The language of a page: `?lang=` chooses it, a cookie keeps it, and before that the browser's own counts. */
export function chooseLocale(url: Pick<URL, 'pathname' | 'searchParams'>, headers: Headers): Choice {
  const query = new URLSearchParams(url.searchParams);
  const chosen = toLocale(query.get('lang'));
  query.delete('lang');
  const path = query.size > 0 ? `${url.pathname}?${query}` : url.pathname;
  if (ENGLISH_ONLY.test(url.pathname)) return { locale: 'en', path };
  if (!chosen) return { locale: localeOf(headers), path };
  return {
    locale: chosen,
    path,
    cookie: `${LOCALE_COOKIE}=${chosen}; Path=/; Max-Age=${YEAR_S}; SameSite=Lax`,
  };
}
