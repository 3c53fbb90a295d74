import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { freePort, waitFor } from '@spillway/devstack';

const APPS = join(import.meta.dirname, '../../apps');
/** Ends a process that hangs; web and worker give themselves 8 s. */
const KILL_AFTER_MS = 60_000;

/** What is deployed, laid out as the images hold it: nothing of this repository is within its reach. */
export interface Images {
  readonly folder: string;
  readonly web: string;
  readonly worker: string;
}

export async function layOutImages(): Promise<Images> {
  const folder = await mkdtemp(join(tmpdir(), 'spillway-rollout-'));
  await cp(join(APPS, 'web/.next/standalone'), join(folder, 'web'), {
    recursive: true,
    verbatimSymlinks: true,
  });
  await cp(join(APPS, 'worker/dist'), join(folder, 'worker/dist'), { recursive: true });
  await cp(join(APPS, 'worker/package.json'), join(folder, 'worker/package.json'));
  return { folder, web: join(folder, 'web/apps/web/server.js'), worker: join(folder, 'worker/dist/main.js') };
}

export interface Deployed {
  readonly url: string;
  /** SIGTERM. Gives its exit code and how long it took; a process that hangs is killed: null. */
  end(): Promise<{ readonly code: number | null; readonly tookMs: number }>;
}

const running = new Set<ChildProcess>();

/** Kills what a failed test left behind. */
export function killAll(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** One process of the deployment; resolves once it is ready. */
export async function deploy(program: string, env: Readonly<Record<string, string>>): Promise<Deployed> {
  const port = String(await freePort());
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(process.execPath, [program], {
    cwd: dirname(program),
    env: {
      PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
      HOSTNAME: '127.0.0.1',
      PORT: port,
      HEALTH_PORT: port,
      ...env,
    },
    stdio: 'ignore',
  });
  const kill = () => child.kill('SIGKILL');
  running.add(child);
  const exited = once(child, 'exit').finally(() => running.delete(child));
  const isReady = async () => child.exitCode !== null || (await fetch(`${url}/api/health/ready`)).ok;
  await waitFor(isReady, { message: `${program} to be ready` });
  if (child.exitCode !== null) throw new Error(`${program} ended at its start: code ${child.exitCode}.`);
  return {
    url,
    end: async () => {
      const sinceMs = performance.now();
      child.kill('SIGTERM');
      const late = setTimeout(kill, KILL_AFTER_MS);
      await exited;
      clearTimeout(late);
      return { code: child.exitCode, tookMs: performance.now() - sinceMs };
    },
  };
}
