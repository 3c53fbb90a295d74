// `npm test`: all checks and tests, or the tests that the arguments name. scripts/lib/test-selection.ts says what it accepts.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launchOptions } from './browser.ts';
import { buildApplications } from './lib/applications.ts';
import { testFiles } from './lib/lanes.ts';
import { Failure, duration, report, run, step, stopCommands } from './lib/steps.mjs';
import { type Tally, closingLine, readTally } from './lib/tally.ts';
import { TEST_USAGE, type TestSelection, selectTests } from './lib/test-selection.ts';

const repository = join(import.meta.dirname, '..');
const bin = (name: string) => join(repository, 'node_modules', '.bin', name);
const startedAt = performance.now();

/** Types, lint, dead code. Resolves to the failures, which are printed after the tests. */
async function check(): Promise<unknown> {
  const checks = run('pnpm', ['run', 'check'], { cwd: repository, remedy: 'See it alone: pnpm check' });
  return step('Check', 'passed', checks).then(
    () => undefined,
    (error: unknown) => error,
  );
}

async function vitest(args: readonly string[]): Promise<Tally> {
  const folder = await mkdtemp(join(tmpdir(), 'spillway-test-'));
  const file = join(folder, 'results.json');
  const slowest = join(import.meta.dirname, 'lib', 'slowest-reporter.ts');
  const reporters = ['--reporter=default', '--reporter=json', `--reporter=${slowest}`];
  try {
    const child = spawn(bin('vitest'), ['run', ...reporters, `--outputFile.json=${file}`, ...args], {
      cwd: repository,
      stdio: 'inherit',
    });
    interrupt = () => {
      child.kill('SIGTERM');
      stopCommands();
    };
    const [code] = await once(child, 'exit');
    return await readTally(file, code);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function prepare({ needs }: TestSelection): Promise<void> {
  await Promise.all([
    needs.has('build') && step('Build', 'ready', buildApplications()),
    needs.has('browser') && step('Browser', 'ready', launchOptions()),
  ]);
}

async function test(selection: TestSelection): Promise<void> {
  let tally: Tally = { passed: 0, failed: 0, skipped: 0 };
  let checking: Promise<unknown> | undefined;
  try {
    await prepare(selection);
    // Beside the tests, which often wait; not beside the build, which writes the types that the checks read.
    if (selection.isAll) checking = check();
    tally = await vitest(selection.args);
  } catch (error) {
    report(error);
    tally.failed++;
    // What they find may be why.
    if (selection.isAll) checking ??= check();
  }
  const fault = await checking;
  if (fault !== undefined) {
    report(fault);
    tally.failed++;
  }
  if (tally.failed > 0 || tally.passed === 0) process.exitCode = 1;
  console.log(`\nAll of it took ${duration(performance.now() - startedAt)}.\n${closingLine(tally)}`);
}

let interrupt = stopCommands;
function abort(reason: string): never {
  interrupt();
  report(new Failure(`Interrupted by ${reason}.`));
  process.exit(1);
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => abort(signal));
process.once('disconnect', () => abort('the end of its parent'));

const args = process.argv.slice(2);
if (args.includes('--help') || args.includes('-h')) {
  console.log(TEST_USAGE);
  process.exit();
}
try {
  await test(selectTests(args, testFiles()));
} catch (error) {
  report(error);
}
process.exit();
