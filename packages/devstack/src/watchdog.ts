// Runs beside a process that started servers (guard.ts). When the pipe to it ends, that process is gone.
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Guarded } from './guard.ts';
import { isRunning, killTree, resumeTree, send } from './process.ts';
import { waitFor } from './wait.ts';

const GRACE_MS = 2_000;

let guarded: Guarded = { processes: [], temporaryFolders: [] };
for await (const line of createInterface({ input: process.stdin })) guarded = JSON.parse(line);

await Promise.allSettled(guarded.processes.map(end));
for (const folder of guarded.temporaryFolders) {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

async function end({ id, signal }: Guarded['processes'][number]): Promise<void> {
  if (!isRunning(id)) return;
  resumeTree(id.pid);
  send(id.pid, signal);
  await waitFor(() => !isRunning(id), { timeoutMs: GRACE_MS }).catch(() => killTree(id.pid));
}
