// `pnpm check:regexps`: no regular expression takes longer than linear time, whatever text a sender chooses.
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findSlowPatterns } from './lib/regexps.ts';

// Its other ways need Java or a binary of its own.
process.env['RECHECK_BACKEND'] = 'pure';

const repository = join(import.meta.dirname, '..');
/** What runs on a text from outside, or may come to. */
const PLACES = [
  'packages/{api,db,forms,observe,queue,receipt}/src/**/*.ts',
  'packages/terminal/index.mjs',
  'apps/{web,worker}/src/**/*.{ts,tsx}',
];

const faults: string[] = [];
for await (const path of glob(PLACES, { cwd: repository })) {
  faults.push(...findSlowPatterns(path, await readFile(join(repository, path), 'utf8')));
}
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;
