import { stat } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { waitFor } from '../src/index.ts';
import { isPortFree } from '../src/port.ts';
import { identify } from '../src/process.ts';
import { exitCode, firstLine, startProgram } from './helpers.ts';

interface Started {
  pids: number[];
  ports: number[];
  folders: string[];
}

test.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)(
  'a parent that ends by %s leaves no processes',
  async (signal) => {
    const parent = startProgram(new URL('./fixtures/parent.ts', import.meta.url));
    const { pids, ports, folders } = JSON.parse(await firstLine(parent)) as Started;
    expect(pids.map(identify)).toEqual([expect.anything(), expect.anything()]);
    parent.kill(signal);
    await exitCode(parent);
    await waitFor(() => !pids.some(identify), { message: 'both servers to end' });
    expect(await Promise.all(ports.map(isPortFree))).toEqual([true, true]);
    for (const folder of folders) await waitFor(() => isGone(folder), { message: `${folder} to go` });
  },
);

test('frozen servers end with their parent too', async () => {
  const parent = startProgram(new URL('./fixtures/parent.ts', import.meta.url));
  const { pids } = JSON.parse(await firstLine(parent)) as Started;
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  parent.kill('SIGKILL');
  await waitFor(() => !pids.some(identify), { message: 'both servers to end' });
});

async function isGone(path: string): Promise<boolean> {
  return stat(path).then(
    () => false,
    () => true,
  );
}
