import { expect, test } from 'vitest';
import { LANES, testFiles } from '../lib/lanes.ts';

const files = testFiles();
const laneOf = (path: string) => files.find((file) => file.path === path)?.lane;

test('each lane has files, and each file has one lane', () => {
  for (const lane of LANES)
    expect(
      files.some((file) => file.lane === lane),
      lane,
    ).toBe(true);
  expect(new Set(files.map(({ path }) => path)).size).toBe(files.length);
});

test('a file that starts a store, also through a helper, is in the lane of the stores', () => {
  expect(laneOf('packages/observe/test/log.test.ts')).toBe('stores');
  expect(laneOf('packages/queue/test/create/lifecycle.test.ts')).toBe('stores');
  expect(laneOf('packages/devstack/test/main.test.ts')).toBe('stores');
});

test('a file that needs neither a store nor a build is a unit, also where it takes a value from a helper', () => {
  expect(laneOf('packages/queue/test/enqueue/enqueue.test.ts')).toBe('unit');
  expect(laneOf('scripts/test/lanes.test.ts')).toBe('unit');
});

test('only what a selected file needs is built and unpacked', () => {
  const needs = (path: string) => files.find((file) => file.path === path)?.needs;
  expect(needs('apps/web/test/stories.test.ts')).toEqual(new Set(['browser', 'stores', 'build']));
  expect(needs('scripts/test/serve.test.ts')).toEqual(new Set(['stores', 'build']));
  expect(needs('scripts/test/deploy-build.test.ts')).toEqual(new Set(['build']));
  expect(needs('packages/receipt/test/codes.test.ts')).toEqual(new Set());
});
