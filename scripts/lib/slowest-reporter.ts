import { relative } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';
import { duration } from './steps.mjs';

const SHOWN = 10;

/** Prints at the end the test files that took longest, including imports and hooks. */
export default class SlowestReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const files = modules.map((module) => ({
      path: relative(process.cwd(), module.moduleId),
      ms: Object.values(timesOf(module)).reduce((sum, one) => sum + one, 0),
    }));
    console.log(`\n${slowestText(files)}`);
  }
}

function timesOf(module: TestModule) {
  const { collectDuration, setupDuration, prepareDuration, duration: testsMs } = module.diagnostic();
  return { collectDuration, setupDuration, prepareDuration, testsMs };
}

/** A line for each of the ten slowest files. */
export function slowestText(files: readonly { readonly path: string; readonly ms: number }[]): string {
  const slowest = files.toSorted((a, b) => b.ms - a.ms).slice(0, SHOWN);
  const width = Math.max(...slowest.map(({ ms }) => duration(ms).length));
  return [
    'Slowest files',
    ...slowest.map(({ path, ms }) => `  ${duration(ms).padStart(width)}  ${path}`),
  ].join('\n');
}
