import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startPostgres, startRedis, waitFor } from '@spillway/devstack';
import { describe, expect, onTestFinished, test } from 'vitest';

const SERVE = join(import.meta.dirname, '../serve.ts');
const SECRET = 'a secret for tests, long enough to be taken';
const READY = { message: 'the addresses' };

interface Serving {
  readonly child: ChildProcess;
  readonly ended: Promise<unknown>;
  output(): string;
}

function serve(env: Record<string, string>): Serving {
  const child = spawn(process.execPath, [SERVE, '--built'], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  }
  return { child, ended: once(child, 'close'), output: () => text };
}

describe('npm run serve', () => {
  test('names missing variables, and what to set them to', async () => {
    const { child, ended, output } = serve({});
    await ended;
    expect(child.exitCode).toBe(1);
    for (const name of ['DATABASE_URL', 'REDIS_URL', 'SPILLWAY_SECRET']) expect(output()).toContain(name);
    expect(output()).toContain('postgres://user:password@host:5432/name');
    expect(output()).not.toMatch(/\n\s+at /);
  });

  test('serves on the given stores, prints its addresses, and ends at SIGTERM', async () => {
    const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
    onTestFinished(async () => {
      await Promise.all([postgres.stop(), redis.stop()]);
    });
    const root = await mkdtemp(join(tmpdir(), 'spillway-serve-'));
    onTestFinished(() => rm(root, { recursive: true, force: true }));
    const port = await freePort();
    const { child, ended, output } = serve({
      DATABASE_URL: postgres.url,
      REDIS_URL: redis.url,
      SPILLWAY_SECRET: SECRET,
      SPILLWAY_ROOT: root,
      PORT: String(port),
      HEALTH_PORT: String(await freePort()),
    });
    const site = `http://localhost:${port}`;
    await waitFor(() => output().includes('To stop') || child.exitCode !== null, READY);
    expect(output()).toContain(site);
    expect(output()).not.toContain(new URL(postgres.url).password);
    // Static files are part of what is served.
    const page = await (await fetch(`${site}/forms/contact`)).text();
    const [, script = ''] = /src="(\/_next\/static\/[^"]+\.js)"/.exec(page) ?? [];
    expect((await fetch(`${site}${script}`)).headers.get('content-type')).toContain('javascript');
    const accepted = await fetch(`${site}/api/submit`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ data: { served: true } }),
    });
    expect(accepted.status).toBe(202);
    const { id, receipt } = (await accepted.json()) as { id: string; receipt: string };
    const state = async () => (await fetch(`${site}/api/submissions/${id}?receipt=${receipt}`)).json();
    await waitFor(async () => ((await state()) as { state: string }).state === 'processed');
    child.kill('SIGTERM');
    await ended;
    expect(child.exitCode).toBe(0);
    expect(output()).toContain('Stopped');
  });
});
