import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { withLock } from '../lib/lock.mjs';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spillway-lock-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('two never hold it at once', async () => {
  const path = join(folder, 'turns');
  let inside = 0;
  const visit = () =>
    withLock(path, async () => {
      inside++;
      await new Promise((resolve) => setImmediate(resolve));
      const seen = inside;
      inside--;
      return seen;
    });
  expect(await Promise.all([visit(), visit(), visit()])).toEqual([1, 1, 1]);
  expect(existsSync(path)).toBe(false);
});

test('the lock of a process that was killed is taken over', async () => {
  const path = join(folder, 'stale');
  writeFileSync(path, '');
  utimesSync(path, new Date(Date.now() - 60_000), new Date(Date.now() - 60_000));
  expect(await withLock(path, async () => 'in')).toBe('in');
});

test('a process that exits while it holds the lock leaves none behind', async () => {
  const path = join(folder, 'exit');
  const lock = new URL('../lib/lock.mjs', import.meta.url).href;
  const program = `import { withLock } from '${lock}'; await withLock('${path}', async () => process.exit(3));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'inherit' });
  expect(await once(child, 'exit')).toEqual([3, null]);
  expect(existsSync(path)).toBe(false);
});
