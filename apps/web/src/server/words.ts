import { toLocale } from '@spillway/forms';
import type { Locale } from '@spillway/forms';
import { headers } from 'next/headers';
import { createTranslator } from 'use-intl/core';
import { LOCALE_HEADER } from '#lib/page-headers.ts';
import { MESSAGES } from '#messages/index.ts';

/** The language of the page that is being rendered, as the proxy found it out. */
export async function pageLocale(): Promise<Locale> {
  return toLocale((await headers()).get(LOCALE_HEADER)) ?? 'en';
}

/** The words of the page that is being rendered. */
export async function pageWords() {
  const locale = await pageLocale();
  return createTranslator({ locale, messages: MESSAGES[locale] });
}
