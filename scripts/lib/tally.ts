import { readFile } from 'node:fs/promises';

/** How a run of the tests went. */
export interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

interface Results {
  success: boolean;
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: { status: string; assertionResults: { status: string }[] }[];
}

/**
 * Reads vitest's JSON results. What fails without being a test counts as a failure too: a file that could not be
 * loaded, an error outside of all tests, and a run that left no results at all.
 */
export async function readTally(file: string, exitCode: number | null): Promise<Tally> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return { passed: 0, failed: 1, skipped: 0 };
  const results = JSON.parse(text) as Results;
  const unloadable = results.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  );
  const failed = results.numFailedTests + unloadable.length;
  return {
    passed: results.numPassedTests,
    failed: failed === 0 && (exitCode !== 0 || !results.success) ? 1 : failed,
    skipped: results.numPendingTests + results.numTodoTests,
  };
}

/** "12 passed, 0 failed", and what was skipped if anything was. */
export function closingLine({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
