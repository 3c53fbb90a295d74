import type { Metadata, Viewport } from 'next';
import { connection } from 'next/server';
import type { ReactNode } from 'react';
import './globals.css';

export const metadata: Metadata = {
  title: { default: 'Spillway', template: '%s – Spillway' },
  description: 'Forms whose answers are not lost.',
};

export const viewport: Viewport = {
  colorScheme: 'light dark',
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#f8fafb' },
    { media: '(prefers-color-scheme: dark)', color: '#0e171c' },
  ],
};

export default async function RootLayout({ children }: { children: ReactNode }) {
  // Every page is rendered for its request: a form's page mints an id, and scripts carry the request's nonce.
  await connection();
  return (
    <html lang="en">
      <body className="flex flex-col font-sans antialiased">{children}</body>
    </html>
  );
}
