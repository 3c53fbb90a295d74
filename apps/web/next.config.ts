import { join } from 'node:path';
import type { NextConfig } from 'next';

const everywhere = [
  { key: 'X-Content-Type-Options', value: 'nosniff' },
  // The receipt's code stands in its address: no other site may learn it from a Referer.
  { key: 'Referrer-Policy', value: 'no-referrer' },
  { key: 'X-Frame-Options', value: 'DENY' },
  { key: 'Permissions-Policy', value: 'camera=(), geolocation=(), microphone=()' },
  // No other site's window keeps a hand on ours, and none embeds what we answer.
  { key: 'Cross-Origin-Opener-Policy', value: 'same-origin' },
  { key: 'Cross-Origin-Resource-Policy', value: 'same-origin' },
];
/** Pages get theirs with each request (proxy.ts); this is for what is none, should a browser ever show it. */
const noPage = [
  { key: 'Content-Security-Policy', value: "default-src 'none'; frame-ancestors 'none'; sandbox" },
];
/** Without a Referer, a browser says of its own form's post that it comes from nowhere (`Origin: null`). */
const postsToItself = [{ key: 'Referrer-Policy', value: 'same-origin' }];

export default {
  // A server with the packages that it needs and no others: what runs, here, in tests and in the image.
  output: 'standalone',
  outputFileTracingRoot: join(import.meta.dirname, '../..'),
  poweredByHeader: false,
  reactStrictMode: true,
  experimental: {
    // The proxy reads native posts, and Next cuts longer bodies off. Ours refuses before that (native-post.ts).
    proxyClientMaxBodySize: '1mb',
  },
  // No page has images to be scaled, so nobody gets to have any scaled.
  images: { unoptimized: true },
  headers: () =>
    Promise.resolve([
      { source: '/:path*', headers: everywhere },
      { source: '/api/:path*', headers: noPage },
      { source: '/_next/static/:path*', headers: noPage },
      { source: '/icon.svg', headers: noPage },
      { source: '/:own(forms|find)/:path*', headers: postsToItself },
    ]),
} satisfies NextConfig;
