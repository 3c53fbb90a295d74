import { directionOf } from '@spillway/forms';
import type { Metadata, Viewport } from 'next';
import type { ReactNode } from 'react';
import { Words } from '#components/words.tsx';
import { MESSAGES } from '#messages/index.ts';
import { pageLocale, pageWords } from '#server/words.ts';
import './globals.css';

export async function generateMetadata(): Promise<Metadata> {
  const t = await pageWords();
  return {
    title: { default: 'Spillway', template: '%s – Spillway' },
    description: t('site.description'),
  };
}

export const viewport: Viewport = {
  colorScheme: 'light dark',
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#f8fafb' },
    { media: '(prefers-color-scheme: dark)', color: '#0e171c' },
  ],
};

export default async function RootLayout({ children }: { children: ReactNode }) {
  // Reading the request also has every page rendered for it: a form's page mints an id, scripts carry its nonce.
  const locale = await pageLocale();
  return (
    <html lang={locale} dir={directionOf(locale)}>
      <body className="flex flex-col font-sans antialiased">
        <Words locale={locale} messages={MESSAGES[locale]}>
          {children}
        </Words>
      </body>
    </html>
  );
}
