import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type WriteStream, createWriteStream, existsSync, renameSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { notable } from './log-lines.ts';
import { stripControl } from '@spillway/terminal';
import { Failure, line } from './steps.mjs';

const SECOND = 1000;
const MAX_RESTARTS = 5;
/** After running this long, a service has proved itself and gets all its restarts back. */
const PROVEN_MS = 60 * SECOND;
const READY_TIMEOUT_MS = 120 * SECOND;
const READY_POLL_MS = 100;
const TAIL_LINES = 15;

export interface ServiceOptions {
  readonly name: string;
  readonly cwd: string;
  /** Arguments for Node. */
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly logFile: string;
  /** Answers 200 once the service can be used. */
  readonly readyUrl: string;
}

/** A process that is restarted, a bounded number of times, when it ends without having been asked to. */
export class Service {
  readonly #options: ServiceOptions;
  readonly #log: WriteStream;
  readonly #gaveUp = Promise.withResolvers<never>();
  #child: ChildProcess | undefined;
  #ready = false;
  #stopping = false;
  #restarts = 0;
  #tail: string[] = [];

  constructor(options: ServiceOptions) {
    this.#options = options;
    if (existsSync(options.logFile))
      renameSync(options.logFile, options.logFile.replace(/\.log$/, '.previous.log'));
    this.#log = createWriteStream(options.logFile, { mode: 0o600 });
    this.#gaveUp.promise.catch(() => {});
  }

  /** Rejects, with the end of the log, when the service ended too often. Never resolves. */
  get gaveUp(): Promise<never> {
    return this.#gaveUp.promise;
  }

  start(): void {
    const { args, cwd, env } = this.#options;
    const startedAt = performance.now();
    const child = spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    this.#follow(child.stdout, 'stdout');
    this.#follow(child.stderr, 'stderr');
    child.once('error', (error) => this.#gaveUp.reject(error));
    child.once('close', (code, signal) => {
      if (!this.#stopping) void this.#restart(signal ?? `code ${code}`, performance.now() - startedAt);
    });
  }

  async whenReady(): Promise<void> {
    const { name, readyUrl } = this.#options;
    const deadline = performance.now() + READY_TIMEOUT_MS;
    let seen = 'no answer';
    while (performance.now() < deadline && !this.#stopping) {
      const answer = await fetch(readyUrl, { signal: AbortSignal.timeout(5 * SECOND) }).catch(
        () => undefined,
      );
      if (answer?.ok) {
        this.#ready = true;
        return;
      }
      if (answer) seen = `${answer.status} ${await answer.text()}`;
      await sleep(READY_POLL_MS);
    }
    throw new Failure(
      `${name} did not become ready (${readyUrl}: ${seen}).`,
      this.#logHint(),
      this.#tail.join('\n'),
    );
  }

  /** SIGTERM, and SIGKILL for what has not ended after the grace. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    const child = this.#child;
    if (child && child.exitCode === null && child.signalCode === null) {
      const closed = once(child, 'close');
      child.kill('SIGTERM');
      const kill = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await closed;
      clearTimeout(kill);
    }
    this.#log.end();
  }

  async #restart(how: string, ranMs: number): Promise<void> {
    const { name } = this.#options;
    if (ranMs > PROVEN_MS) this.#restarts = 0;
    if (this.#restarts === MAX_RESTARTS) {
      const failure = new Failure(
        `${name} ended ${MAX_RESTARTS + 1} times in a row.`,
        this.#logHint(),
        this.#tail.join('\n'),
      );
      return this.#gaveUp.reject(failure);
    }
    const waitMs = SECOND * 2 ** this.#restarts++;
    line(name, `ended by itself (${how}), the end of its log:\n\n${this.#tail.join('\n')}\n`);
    line(name, `starts again in ${waitMs / SECOND} s (${this.#restarts} of ${MAX_RESTARTS})`);
    await sleep(waitMs);
    if (!this.#stopping) this.start();
  }

  #follow(stream: Readable, from: 'stdout' | 'stderr'): void {
    createInterface({ input: stream }).on('line', (raw) => {
      // Also for the file, because people view it in a terminal.
      const text = stripControl(raw, { lines: true });
      this.#log.write(`${text}\n`);
      this.#tail = [...this.#tail, text].slice(-TAIL_LINES);
      const shown = notable(text, from);
      // That everything is up is no news while it starts.
      const isNews = this.#ready || !shown?.startsWith('info');
      if (shown !== undefined && isNews) line(this.#options.name, shown);
    });
  }

  #logHint(): string {
    return `Its whole log: ${this.#options.logFile}`;
  }
}
