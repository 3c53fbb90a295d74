import { describe, expect, test } from 'vitest';
import type { TestFile } from '../lib/lanes.ts';
import { slowestText } from '../lib/slowest-reporter.ts';
import { selectTests } from '../lib/test-selection.ts';

const FILES: readonly TestFile[] = [
  { path: 'apps/web/test/stories.test.ts', lane: 'browser', needs: new Set(['stores', 'build', 'browser']) },
  { path: 'packages/queue/test/settle.test.ts', lane: 'stores', needs: new Set(['stores']) },
  { path: 'packages/queue/test/retry.test.ts', lane: 'unit', needs: new Set() },
];
const select = (...args: string[]) => selectTests(args, FILES);
const paths = (...args: string[]) => select(...args).files.map(({ path }) => path);

describe('npm test', () => {
  test('without arguments runs the checks and every test', () => {
    expect(select()).toMatchObject({ isAll: true, files: FILES, args: [] });
  });

  test('with a path needs only what the tests of that path need', () => {
    expect(paths('packages/queue/')).toEqual([
      'packages/queue/test/settle.test.ts',
      'packages/queue/test/retry.test.ts',
    ]);
    expect(select('packages/queue')).toMatchObject({
      isAll: false,
      needs: new Set(['stores']),
      args: ['packages/queue'],
    });
    expect(select('./apps/web').needs).toEqual(new Set(['stores', 'build', 'browser']));
  });

  test('with a lane or a name runs the tests of that lane or name', () => {
    expect(paths('--lane', 'unit')).toEqual(['packages/queue/test/retry.test.ts']);
    expect(select('--lane=unit', '--lane=stores', '-t', 'a stale token').args).toEqual([
      '--project=unit',
      '--project=stores',
      '--testNamePattern=a stale token',
    ]);
    expect(paths('packages/queue', '--lane', 'stores')).toEqual(['packages/queue/test/settle.test.ts']);
  });

  test.each([
    ['--shuffle', /--shuffle/],
    ['packages/quue', /No test file has packages\/quue/],
    ['--lane=fast', /no lane fast/],
    ['-t', /argument missing/],
    ['--watch=1', /--watch/],
  ])('with %s refuses to run anything, and says what it accepts', (arg, expected) => {
    expect(() => select(arg)).toThrow(expected);
    expect(() => select(arg)).toThrow(
      expect.objectContaining({ remedy: expect.stringContaining('Usage: npm test') }),
    );
  });

  test('with a path that has no test in the lane refuses', () => {
    expect(() => select('apps/web', '--lane', 'unit')).toThrow(/apps\/web is in this lane/);
  });
});

test('the slowest files are listed, the longest first, and no more than ten', () => {
  const files = Array.from({ length: 12 }, (_, n) => ({ path: `${n}.test.ts`, ms: n * 10_000 }));
  const lines = slowestText(files).split('\n');
  expect(lines).toHaveLength(11);
  expect(lines[1]).toBe('  1 min 50 s  11.test.ts');
  expect(lines[10]).toBe('        20 s  2.test.ts');
});
