import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launchOptions } from './browser.ts';
import { buildApplications } from './lib/applications.ts';
import { Failure, duration, report, run, step, stopCommands } from './lib/steps.mjs';
import { type Tally, closingLine, readTally } from './lib/tally.ts';

const repository = join(import.meta.dirname, '..');
const bin = (name: string) => join(repository, 'node_modules', '.bin', name);
const startedAt = performance.now();

/** Types, lint, dead code. A failure is shown and counted, and the tests run all the same. */
async function check(): Promise<number> {
  try {
    await step(
      'Check',
      'passed',
      run('pnpm', ['run', 'check'], { cwd: repository, remedy: 'See it alone: pnpm check' }),
    );
    return 0;
  } catch (error) {
    report(error);
    return 1;
  }
}

async function vitest(args: string[]): Promise<Tally> {
  const folder = await mkdtemp(join(tmpdir(), 'spillway-test-'));
  const file = join(folder, 'results.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  try {
    const child = spawn(bin('vitest'), ['run', ...reporters, ...args], { cwd: repository, stdio: 'inherit' });
    interrupt = () => child.kill('SIGTERM');
    const [code] = await once(child, 'exit');
    return await readTally(file, code);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function test(): Promise<void> {
  let tally: Tally = { passed: 0, failed: 0, skipped: 0 };
  try {
    tally.failed += await check();
    await step('Build', 'ready', buildApplications());
    await step('Browser', 'ready', launchOptions());
    const result = await vitest(process.argv.slice(2));
    tally = { ...result, failed: result.failed + tally.failed };
  } catch (error) {
    report(error);
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

await test();
process.exit();
