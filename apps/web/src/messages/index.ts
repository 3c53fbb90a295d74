import type { Locale } from '@spillway/forms';
import { de } from './de.ts';
import { en } from './en.ts';
import type { Messages } from './en.ts';

declare module 'use-intl/core' {
  interface AppConfig {
    Locale: Locale;
    Messages: Messages;
  }
}

/** All that the pages say, by language. Only for the server: a page is handed its own language. */
export const MESSAGES: Readonly<Record<Locale, Messages>> = { en, de };
