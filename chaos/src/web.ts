import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { access } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { freePort, waitFor } from '@spillway/devstack';
import type { Primary } from '@spillway/queue';

const FOLDER = join(import.meta.dirname, '../../apps/web');
const SERVER = join(FOLDER, '.next/standalone/apps/web/server.js');
const START_TIMEOUT_MS = 30_000;
const LIVE_TIMEOUT_MS = 1_000;
const END_TIMEOUT_MS = 15_000;

export interface WebOptions {
  readonly queue: string;
  readonly primary: Primary;
  readonly redisUrl: string;
  readonly postgresUrl: string;
}

/** Why the web application cannot be started; undefined: it can. */
export function missingWeb(): Promise<string | undefined> {
  return access(SERVER).then(
    () => undefined,
    () => 'the web application is not built; run first: pnpm turbo run build',
  );
}

/** The web application as it is deployed: its production build, in a separate process, always on the same port. */
export class Web {
  readonly url: string;
  readonly #port: number;
  readonly #options: WebOptions;
  #child: ChildProcess | undefined;

  static async prepare(options: WebOptions): Promise<Web> {
    return new Web(await freePort(), options);
  }

  private constructor(port: number, options: WebOptions) {
    this.#port = port;
    this.#options = options;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** Resolves once it answers. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, [SERVER], {
      cwd: FOLDER,
      env: this.#environment(),
      stdio: 'ignore',
    });
    this.#child = child;
    // Should the campaign be interrupted.
    const kill = () => child.kill('SIGKILL');
    process.once('exit', kill);
    child.once('exit', () => process.off('exit', kill));
    const lives = async () => child.exitCode !== null || (await this.#isLive());
    await waitFor(lives, { timeoutMs: START_TIMEOUT_MS, message: `the web process at ${this.url}` });
    if (child.exitCode !== null)
      throw new Error(`The web process ended at its start: code ${child.exitCode}.`);
  }

  /** Freezes the process: it receives requests and answers none. After SIGKILL no resume is needed. */
  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  /** Resolves to its exit code once it is gone, at once if it does not run; a process that takes too long is killed. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    const child = this.#child;
    if (!child) return null;
    this.#child = undefined;
    if (child.exitCode === null && child.signalCode === null) {
      const exit = once(child, 'exit');
      child.kill(signal);
      const late = setTimeout(() => child.kill('SIGKILL'), END_TIMEOUT_MS);
      await exit;
      clearTimeout(late);
    }
    return child.exitCode;
  }

  async #isLive(): Promise<boolean> {
    const { ok } = await fetch(`${this.url}/api/health/live`, {
      signal: AbortSignal.timeout(LIVE_TIMEOUT_MS),
    });
    return ok;
  }

  /** Passes only the needed variables: a variable of this shell must not change the run. */
  #environment(): NodeJS.ProcessEnv {
    const { queue, primary, redisUrl, postgresUrl } = this.#options;
    return {
      PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
      HOSTNAME: '127.0.0.1',
      PORT: String(this.#port),
      REDIS_URL: redisUrl,
      DATABASE_URL: postgresUrl,
      SPILLWAY_QUEUE: queue,
      SPILLWAY_PRIMARY: primary,
      SPILLWAY_SECRET: 'only for this run, and long enough to be taken',
      RATE_LIMIT: 'off',
      LOG_LEVEL: 'silent',
    };
  }
}
