import { join } from 'node:path';
import type { NextConfig } from 'next';

const securityHeaders = [
  { key: 'X-Content-Type-Options', value: 'nosniff' },
  // The receipt's code stands in its address: no other site may learn it from a Referer.
  { key: 'Referrer-Policy', value: 'no-referrer' },
  { key: 'X-Frame-Options', value: 'DENY' },
  { key: 'Permissions-Policy', value: 'camera=(), geolocation=(), microphone=()' },
];

export default {
  // A server with the packages that it needs and no others: what runs, here, in tests and in the image.
  output: 'standalone',
  outputFileTracingRoot: join(import.meta.dirname, '../..'),
  poweredByHeader: false,
  reactStrictMode: true,
  experimental: {
    // The proxy reads native posts, and Next cuts longer bodies off. Ours refuses before that (native-post.ts).
    proxyClientMaxBodySize: '2mb',
  },
  headers: () => Promise.resolve([{ source: '/:path*', headers: securityHeaders }]),
} satisfies NextConfig;
