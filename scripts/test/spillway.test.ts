import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { startStack } from '@spillway/devstack';
import { expect, onTestFinished, test } from 'vitest';

const SCRIPT = join(import.meta.dirname, '..', 'spillway.ts');

async function spillway(env: Record<string, string>, ...args: string[]) {
  const child = spawn(process.execPath, [SCRIPT, ...args], { env: { PATH: process.env['PATH'], ...env } });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, stdout, stderr };
}

test('the command line finds the running stores, names them, and prefers those of the environment', async () => {
  const root = await mkdtemp(join(tmpdir(), 'spillway-root-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const before = await spillway({ SPILLWAY_ROOT: root }, 'status');
  expect(before).toMatchObject({ code: 2, stderr: expect.stringContaining('DATABASE_URL is not set') });

  const stack = await startStack({ root });
  onTestFinished(() => stack.stop());
  const found = await spillway({ SPILLWAY_ROOT: root }, 'status', '--json');
  expect(found.stderr).toMatch(/^Using the local stores that run here/);
  expect(JSON.parse(found.stdout)).toMatchObject({ postgres: { state: 'up' } });

  const own = await spillway({ SPILLWAY_ROOT: root, DATABASE_URL: stack.databaseUrl }, 'status', '--json');
  expect(own.stderr).toBe('');
  expect(JSON.parse(own.stdout)).toMatchObject({ redis: { state: 'absent' } });
});
