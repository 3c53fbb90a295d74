import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { freePort } from '@spillway/devstack';

const MAIN = join(import.meta.dirname, '..', 'src', 'main.ts');

/** A worker process as it runs in production, but from its sources. */
export interface WorkerProcess {
  /** What was printed so far, stdout and stderr. */
  output(): string;
  get(path: string, init?: RequestInit): Promise<{ status: number; headers: Headers; body: string }>;
  isReady(): Promise<boolean>;
  /** Sends the signal; resolves to the exit code. A worker that does not end in its own grace ends with 1. */
  end(signal: NodeJS.Signals): Promise<number | null>;
  /** Resolves when it ends by itself. */
  readonly exited: Promise<number | null>;
}

export async function startWorkerProcess(env: Record<string, string | undefined>): Promise<WorkerProcess> {
  const healthPort = await freePort();
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env['PATH'], HEALTH_PORT: String(healthPort), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  }
  const exited = once(child, 'close').then(() => child.exitCode);

  const get: WorkerProcess['get'] = async (path, init) => {
    const response = await fetch(`http://127.0.0.1:${healthPort}${path}`, init);
    return { status: response.status, headers: response.headers, body: await response.text() };
  };
  return {
    output: () => text,
    get,
    isReady: async () => (await get('/api/health/ready')).status === 200,
    exited,
    end: (signal) => {
      child.kill(signal);
      return exited;
    },
  };
}
