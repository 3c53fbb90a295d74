import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readStackState, sendControl, waitFor } from '../src/index.ts';
import { isPortFree } from '../src/port.ts';
import { identify } from '../src/process.ts';
import { exitCode, firstLine, startProgram, temporaryFolder } from './helpers.ts';

const main = (root: string, args: string[], env: Record<string, string> = {}) =>
  startProgram(new URL('../src/main.ts', import.meta.url), args, { SPILLWAY_ROOT: root, ...env });

const printUrls = 'console.log(process.env.DATABASE_URL, process.env.REDIS_URL)';

test('dev runs the services, run gives them to a command, control breaks them, SIGTERM stops all', async () => {
  const root = await temporaryFolder();
  const waiting = main(root, ['run', '--', process.execPath, '-e', printUrls]);
  const dev = main(root, ['dev']);
  expect(await firstLine(dev)).toContain('stack.json');
  const state = await waitFor(() => readStackState(root));
  expect(await firstLine(waiting)).toBe(`${state.databaseUrl} ${state.redisUrl}`);
  expect(await exitCode(waiting)).toBe(0);

  const second = main(root, ['dev']);
  expect(await exitCode(second)).toBe(1);

  expect((await stat(join(root, 'control.sock'))).mode & 0o777).toBe(0o600);
  const port = Number(new URL(state.redisUrl ?? '').port);
  expect(await exitCode(main(root, ['control', 'redis', 'kill']))).toBe(0);
  expect(await isPortFree(port)).toBe(true);
  expect(await sendControl(root, { service: 'redis', action: 'start' })).toEqual({ ok: true });
  expect(await isPortFree(port)).toBe(false);
  expect(await sendControl(root, { service: 'redis', action: 'toString' })).toMatchObject({
    ok: false,
    error: expect.stringContaining('restartEmpty'),
  });
  expect(await sendControl(root, { service: 'mail', action: 'kill' })).toMatchObject({ ok: false });

  dev.kill('SIGTERM');
  expect(await exitCode(dev)).toBe(0);
  expect(await isPortFree(port)).toBe(true);
  expect(await isPortFree(Number(new URL(state.databaseUrl).port))).toBe(true);
  expect(await readStackState(root)).toBeUndefined();
});

test('run uses the stores that the environment names, and passes on exit codes and signals', async () => {
  const root = await temporaryFolder();
  const stack = startProgram(new URL('./fixtures/stack.ts', import.meta.url), [root]);
  await firstLine(stack);
  const given = main(root, ['run', '--', process.execPath, '-e', `${printUrls}; process.exitCode = 7`], {
    DATABASE_URL: 'postgres://db.example/app',
  });
  expect(await firstLine(given)).toMatch(/^postgres:\/\/db\.example\/app redis:/);
  expect(await exitCode(given)).toBe(7);

  const program = `process.on('SIGTERM', () => process.exit(3)); setInterval(() => {}, 1000); console.log(process.pid)`;
  const ended = main(root, ['run', '--', process.execPath, '-e', program]);
  await firstLine(ended);
  ended.kill('SIGTERM');
  expect(await exitCode(ended)).toBe(3);

  const killed = main(root, ['run', '--', process.execPath, '-e', program]);
  const pid = Number(await firstLine(killed));
  killed.kill('SIGKILL');
  await waitFor(() => !identify(pid), { message: 'the command to end with its parent' });
});

test('an unknown command prints the usage', async () => {
  expect(await exitCode(main(await temporaryFolder(), ['dance']))).toBe(2);
});
