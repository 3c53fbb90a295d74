import { defineConfig } from 'vitest/config';

// One process per file, few files at once: the tests own real servers, and two cores serve them all.
export default defineConfig({
  test: {
    include: ['{apps,packages,chaos,bench}/*/test/**/*.test.ts', '{chaos,bench,scripts}/test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
