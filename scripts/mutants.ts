import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ALIVE, MUTANTS } from './lib/mutants.ts';
import type { Mutant } from './lib/mutants.ts';

/*
 * Takes the guards of the queue away, one at a time, in a copy of its sources, and expects tests to notice. A guard that
 * can be taken away without a failing test is either not needed or not tested. `pnpm mutants [part of a name]`.
 */

const repository = join(import.meta.dirname, '..');
const QUEUE = 'packages/queue';
const RUN_MS = 120_000;

interface TestResult {
  readonly ancestorTitles: readonly string[];
  readonly title: string;
  readonly status: string;
}

/** A test's full name, as vitest matches it. */
const nameOf = ({ ancestorTitles, title }: TestResult) => [...ancestorTitles, title].join(' > ');

/** A text as part of a regular expression. */
const escaped = (text: string) => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** A copy of the queue's sources and tests beside the real packages that they use. */
async function copySources(folder: string): Promise<void> {
  await mkdir(join(folder, QUEUE), { recursive: true });
  for (const file of ['vitest.config.ts', 'package.json', 'tsconfig.base.json'])
    await cp(join(repository, file), join(folder, file));
  // The configuration of the tests asks them for the lanes.
  await cp(join(repository, 'scripts/lib'), join(folder, 'scripts/lib'), { recursive: true });
  for (const part of ['src', 'test', 'migrations', 'package.json', 'tsconfig.json'])
    await cp(join(repository, QUEUE, part), join(folder, QUEUE, part), { recursive: true });
  for (const modules of ['node_modules', join(QUEUE, 'node_modules')])
    await symlink(join(repository, modules), join(folder, modules));
}

/** Runs the named tests of one file in the copy; what vitest says of each of them. */
async function runTests(folder: string, file: string, names: readonly string[]): Promise<TestResult[]> {
  const report = join(folder, 'results.json');
  await rm(report, { force: true });
  const pattern = names.map((name) => `^${escaped(name)}`).join('|');
  const args = ['run', '--root', folder, join(QUEUE, 'test', file), '--testNamePattern', pattern];
  const child = spawn(
    process.execPath,
    [
      join(repository, 'node_modules/vitest/vitest.mjs'),
      ...args,
      '--reporter=json',
      `--outputFile=${report}`,
    ],
    { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'], timeout: RUN_MS },
  );
  let complaint = '';
  child.stderr.on('data', (chunk) => (complaint += String(chunk)));
  await once(child, 'close');
  const text = await readFile(report, 'utf8').catch(() => {
    throw new Error(`vitest left no results for ${file}: ${complaint.slice(-1_000)}`);
  });
  const { testResults } = JSON.parse(text) as { testResults: { assertionResults: TestResult[] }[] };
  return testResults
    .flatMap((one) => one.assertionResults)
    .filter((one) => one.status === 'passed' || one.status === 'failed');
}

/** Applies a mutant; throws where its text is not there exactly once. Returns what undoes it. */
async function apply(folder: string, { name, file, edits }: Mutant): Promise<() => Promise<void>> {
  const path = join(folder, QUEUE, file);
  const original = await readFile(path, 'utf8');
  let text = original;
  for (const [from, to] of edits) {
    const places = text.split(from).length - 1;
    if (places !== 1)
      throw new Error(
        `Mutant "${name}": ${JSON.stringify(from)} stands ${places} times in ${file}, not once.`,
      );
    text = text.replace(from, () => to);
  }
  await writeFile(path, text);
  return () => writeFile(path, original);
}

/** Without any mutant the tests must pass, or a failure would prove nothing. */
async function checkControl(folder: string, mutants: readonly Mutant[]): Promise<string[]> {
  const broken: string[] = [];
  for (const file of new Set(mutants.map((mutant) => mutant.test[0]))) {
    const wanted = mutants.filter((mutant) => mutant.test[0] === file).map((mutant) => mutant.test[1]);
    const names = [...wanted, ALIVE[file] ?? ''];
    const results = await runTests(folder, file, names);
    const failed = results.filter((one) => one.status === 'failed').map(nameOf);
    const missing = names.filter((name) => !results.some((one) => nameOf(one).startsWith(name)));
    broken.push(...failed.map((name) => `fails without any mutant: ${name}`));
    broken.push(...missing.map((name) => `no such test: ${name}`));
  }
  return broken;
}

/** The test that noticed, or `undefined`. */
async function tryMutant(folder: string, mutant: Mutant): Promise<string | undefined> {
  const undo = await apply(folder, mutant);
  try {
    const [file, name] = mutant.test;
    const alive = ALIVE[file] ?? '';
    const results = await runTests(folder, file, [name, alive]);
    const isAlive = results.some((one) => nameOf(one).startsWith(alive) && one.status === 'passed');
    if (!isAlive)
      throw new Error(`Mutant "${mutant.name}" breaks more than its guard: "${alive}" fails too.`);
    const caught = results.find((one) => one.status === 'failed');
    return caught && `${file}: ${nameOf(caught)}`;
  } finally {
    await undo();
  }
}

async function main(): Promise<void> {
  const [part = ''] = process.argv.slice(2);
  const mutants = MUTANTS.filter((mutant) => mutant.name.includes(part));
  const width = Math.max(...mutants.map((mutant) => mutant.name.length));
  const folder = await mkdtemp(join(tmpdir(), 'spillway-mutants-'));
  let passed = 0;
  let failed = 0;
  try {
    await copySources(folder);
    for (const complaint of await checkControl(folder, mutants)) {
      failed += 1;
      console.log(complaint);
    }
    console.log(`${'Mutant'.padEnd(width)}  Caught by`);
    for (const mutant of mutants) {
      const by = await tryMutant(folder, mutant).catch((error: unknown) => {
        console.log(String(error));
        return undefined;
      });
      if (by === undefined) failed += 1;
      else passed += 1;
      console.log(`${mutant.name.padEnd(width)}  ${by ?? 'NOT CAUGHT'}`);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  if (failed > 0 || passed === 0) process.exitCode = 1;
  console.log(`${passed} passed, ${failed} failed`);
}

await main();
