import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { LANES, testFiles } from './scripts/lib/lanes.ts';
import { LongestFirst } from './scripts/lib/sequencer.ts';

const MINUTE = 60_000;
const files = testFiles();

/** One more than cores: while a test waits for a store to die or to come back, another one works. Each owns real servers, so not many. */
const WORKERS = Math.min(5, availableParallelism() + 1);

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: WORKERS,
    sequence: { sequencer: LongestFirst },
    // These end a test that hangs, also on a machine that is ten times slower than usual. No test waits for them.
    testTimeout: 5 * MINUTE,
    hookTimeout: 5 * MINUTE,
    expect: { poll: { timeout: MINUTE, interval: 20 } },
    projects: LANES.map((name) => ({
      extends: true,
      // The files of this lane leave nothing behind, so that they can share what they import.
      test: {
        name,
        isolate: name !== 'unit',
        include: files.filter(({ lane }) => lane === name).map(({ path }) => path),
      },
    })),
  },
});
