import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** The lanes of the tests, those with the longest files first. Each is a project of vitest. */
export const LANES = ['slow', 'browser', 'stores', 'unit'] as const;
export type Lane = (typeof LANES)[number];

/** What has to be there before a test file runs. Stores start by themselves. */
export type Need = 'stores' | 'build' | 'browser';

export interface TestFile {
  /** From the root of the repository. */
  readonly path: string;
  readonly lane: Lane;
  readonly needs: ReadonlySet<Need>;
}

const ROOT = join(import.meta.dirname, '../..');
const TESTS = ['{apps,packages}/*/test/**/*.test.ts', '{chaos,bench,scripts}/test/**/*.test.ts'];
/** Types are left out: they start nothing. */
const IMPORT = /^import (?:\{([^}]*)\} from )?'(\.{1,2}\/[^']+\.tsx?)'/gm;
/** These start nothing, though other functions of their file start stores. */
const HARMLESS: ReadonlySet<string> = new Set(['envelope']);

/** These take long whatever the machine: each says why. */
const SLOW: ReadonlyMap<string, readonly Need[]> = new Map([
  // Plays a minute of faults.
  ['chaos/test/mix.test.ts', ['stores', 'build']],
  // Plays a fault on two queues, each on stores of its own.
  ['chaos/test/peers.test.ts', ['stores']],
  // Replaces each process twice under load.
  ['chaos/test/rollout.test.ts', ['stores', 'build']],
  // Sends hundreds of requests, some of which are waited for until they are given up.
  ['apps/web/test/fuzz.test.ts', ['stores', 'build']],
  // Packs the package and installs it with npm, pnpm and Yarn 1.
  ['packages/queue/test/package.test.ts', ['stores']],
  // Asks a promtool that is downloaded first.
  ['scripts/test/alerts.test.ts', []],
  // Starts the command line 40 times.
  ['apps/cli/test/commands.test.ts', ['stores']],
]);

/** The needs of a test file, found in its text and in the files that it imports from folders of tests. */
const SIGNS: readonly (readonly [Need, RegExp])[] = [
  ['stores', /\bstart(Postgres|Redis|RedisCluster|SentinelGroup|Standby|Stack|Program)\(/],
  ['build', /\bensureBuild\(|'--built'|'\.next\/standalone/],
  ['browser', /\bchromium\.launch\(/],
];

/** Every test file with its lane. */
export function testFiles(): TestFile[] {
  return TESTS.flatMap((pattern) => globSync(pattern, { cwd: ROOT }))
    .toSorted()
    .map((path) => {
      const slow = SLOW.get(path);
      const needs = new Set(slow ?? needsOf(join(ROOT, path)));
      return { path, lane: slow ? 'slow' : laneOf(needs), needs };
    });
}

function laneOf(needs: ReadonlySet<Need>): Lane {
  if (needs.has('build') || needs.has('browser')) return 'browser';
  return needs.has('stores') ? 'stores' : 'unit';
}

function needsOf(file: string, seen = new Set<string>()): Need[] {
  if (seen.has(file)) return [];
  seen.add(file);
  const text = readFileSync(file, 'utf8');
  const own = SIGNS.flatMap(([need, sign]) => (sign.test(text) ? [need] : []));
  const imported = [...text.matchAll(IMPORT)]
    .filter(([, names]) => names === undefined || !names.split(',').every(isHarmless))
    .map(([, , path = '']) => join(dirname(file), path))
    .filter((path) => relative(ROOT, path).split('/').includes('test'));
  return [...own, ...imported.flatMap((path) => needsOf(path, seen))];
}

function isHarmless(name: string): boolean {
  return name.trim() === '' || HARMLESS.has(name.trim());
}
