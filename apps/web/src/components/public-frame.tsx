import { LOCALES } from '@spillway/forms';
import { headers } from 'next/headers';
import Link from 'next/link';
import type { ReactNode } from 'react';
import { PATH_HEADER } from '#lib/page-headers.ts';
import { pageLocale, pageWords } from '#server/words.ts';
import { OutboxPanel } from './outbox/outbox-panel.tsx';
import { SiteFrame } from './site-frame.tsx';

/** The frame of each public page: the choice of language, and the submissions that this device still holds. */
export async function PublicFrame({ children }: { children: ReactNode }) {
  const t = await pageWords();
  return (
    <SiteFrame skip={t('site.skip')} aside={<LanguageSwitch words={t('site.switchTo')} />}>
      <OutboxPanel />
      {children}
      <footer className="mt-16 border-t border-line pt-5 text-sm print:hidden">
        <Link href="/find" prefetch={false} className="text-ink-soft underline hover:text-ink">
          {t('site.find')}
        </Link>
      </footer>
    </SiteFrame>
  );
}

/** A link and not a menu, because there are two languages. The input survives the change, as this device's draft. */
async function LanguageSwitch({ words }: { words: string }) {
  const current = await pageLocale();
  const other = LOCALES.find((locale) => locale !== current) ?? current;
  const path = (await headers()).get(PATH_HEADER) ?? '/';
  return (
    <a
      href={`${path}${path.includes('?') ? '&' : '?'}lang=${other}`}
      lang={other}
      hrefLang={other}
      className="-mx-2 rounded-lg px-2 py-2 text-sm text-ink-soft hover:text-ink hover:underline"
    >
      {words}
    </a>
  );
}
