import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { closingLine, readTally } from '../lib/tally.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spillway-tally-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function tally(results: object, exitCode = 0) {
  const file = join(folder, 'results.json');
  const base = {
    success: true,
    numPassedTests: 3,
    numFailedTests: 0,
    numPendingTests: 0,
    numTodoTests: 0,
    testResults: [],
  };
  await writeFile(file, JSON.stringify({ ...base, ...results }));
  return readTally(file, exitCode);
}

test('a green run has no failures', async () => {
  expect(closingLine(await tally({}))).toBe('3 passed, 0 failed');
});

test('skipped tests are named', async () => {
  expect(closingLine(await tally({ numPendingTests: 1, numTodoTests: 1 }))).toBe(
    '3 passed, 0 failed, 2 skipped',
  );
});

test('a file that could not be loaded counts as a failure', async () => {
  const testResults = [{ status: 'failed', assertionResults: [] }];
  expect(await tally({ success: false, testResults }, 1)).toMatchObject({ passed: 3, failed: 1 });
});

test('a failed test counts once', async () => {
  const testResults = [{ status: 'failed', assertionResults: [{ status: 'failed' }] }];
  expect(await tally({ success: false, numFailedTests: 1, testResults }, 1)).toMatchObject({ failed: 1 });
});

test('an error outside of all tests counts as a failure', async () => {
  expect(await tally({}, 1)).toMatchObject({ failed: 1 });
});

test('a run that left no results counts as a failure', async () => {
  expect(await readTally(join(folder, 'none.json'), 0)).toMatchObject({ passed: 0, failed: 1 });
});
