import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fchmodSync, openSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { guardFolder, guardProcess } from './guard.ts';
import { type FolderLock, lockFolder } from './lock.ts';
import { PRIVATE_FILE, PRIVATE_FOLDER, PRIVATE_UMASK, tighten } from './private-files.ts';
import { freezeTree, identify, killTree, resumeTree, send } from './process.ts';
import { settlesWithin, waitFor } from './wait.ts';

/** A server that ends while it starts is noticed at once; this is for one that hangs. */
const READY_TIMEOUT_MS = 120_000;
const STOP_GRACE_MS = 5_000;
const ASK_AGAIN_MS = 500;
const LOG_TAIL_LINES = 15;

export interface DaemonOptions {
  name: 'PgBouncer' | 'Postgres' | 'Redis' | 'Sentinel';
  /** The folder of the server's data, its log, and the lock of the process that runs it. */
  folder: string;
  command: { file: string; args: string[]; uid?: number; gid?: number };
  /** Asks the server to end in good order. */
  stopSignal: NodeJS.Signals;
  /** Ends the server at once yet tidily: what the watchdog sends. */
  quitSignal: NodeJS.Signals;
  /** Prepares the data for a start; no other process uses the folder meanwhile. */
  prepare(): Promise<void>;
  /** Rejects until the server answers. */
  probe(): Promise<unknown>;
}

/** One server process: started, stopped, killed, frozen, and ended with the process that started it. */
export class Daemon {
  readonly #options: DaemonOptions;
  #child: ChildProcess | undefined;
  #exited: Promise<void> = Promise.resolve();
  #pid = 0;

  constructor(options: DaemonOptions) {
    this.#options = options;
  }

  /** Of the running server, else of the last one. */
  get pid(): number {
    return this.#pid;
  }

  async start(): Promise<void> {
    if (this.#child) return;
    const { name, folder, prepare, probe } = this.#options;
    const lock = await lockFolder(folder, name);
    try {
      await prepare();
    } catch (error) {
      lock.release();
      throw error;
    }
    const child = this.#spawn(lock);
    try {
      await once(child, 'spawn');
      await waitFor(() => (this.#child === child ? probe().then(() => true) : true), {
        timeoutMs: READY_TIMEOUT_MS,
        message: `${name} in ${folder} to answer`,
      });
    } catch (error) {
      await this.kill();
      throw error;
    }
    if (this.#child === child) return;
    throw new Error(`${name} in ${folder} ended while starting.${await this.#logTail()}`);
  }

  /** In good order; with SIGKILL when that takes longer than 5 s. */
  async stop(): Promise<void> {
    if (this.#child) resumeTree(this.#pid);
    // Repeats the request: a Redis that is writing its first AOF refuses to end, and does not try again by itself.
    for (let askedMs = 0; this.#child && askedMs < STOP_GRACE_MS; askedMs += ASK_AGAIN_MS) {
      send(this.#pid, this.#options.stopSignal);
      await settlesWithin(this.#exited, ASK_AGAIN_MS);
    }
    await this.kill();
  }

  async kill(): Promise<void> {
    // Alone, an unreferenced child keeps no process alive until its exit is reported.
    this.#child?.ref();
    if (this.#child) await killTree(this.#pid);
    await this.#exited;
  }

  freeze(): void {
    freezeTree(this.#runningPid());
  }

  resume(): void {
    resumeTree(this.#runningPid());
  }

  #runningPid(): number {
    const { name, folder } = this.#options;
    if (!this.#child) throw new Error(`${name} in ${folder} is not running: start it first.`);
    return this.#pid;
  }

  // Without a pause in it, so that no moment is left in which this process could be killed and leave a server.
  #spawn(lock: FolderLock): ChildProcess {
    const { command, folder, quitSignal } = this.#options;
    const { file, args, ...identity } = command;
    const log = openSync(this.#logFile(), 'a', PRIVATE_FILE);
    fchmodSync(log, PRIVATE_FILE);
    const mask = process.umask(PRIVATE_UMASK);
    // In a separate session: Ctrl-C in the terminal reaches only the process that started the server, which then stops it cleanly.
    const child = spawn(file, args, {
      ...identity,
      cwd: folder,
      detached: true,
      stdio: ['ignore', log, log],
    });
    process.umask(mask);
    closeSync(log);
    const id = child.pid === undefined ? undefined : identify(child.pid);
    const unguard = id && guardProcess(id, quitSignal);
    if (id) lock.setServer(id);
    this.#child = child;
    this.#pid = child.pid ?? 0;
    const exited = Promise.withResolvers<void>();
    const ended = () => {
      this.#child = undefined;
      unguard?.();
      lock.release();
      exited.resolve();
    };
    child.once('exit', ended).once('error', ended);
    this.#exited = exited.promise;
    child.unref();
    return child;
  }

  #logFile(): string {
    return join(this.#options.folder, `${this.#options.name.toLowerCase()}.log`);
  }

  async #logTail(): Promise<string> {
    const log = await readFile(this.#logFile(), 'utf8').catch(() => '');
    return log && `\n${log.trimEnd().split('\n').slice(-LOG_TAIL_LINES).join('\n')}`;
  }
}

/**
 * The given folder, created if missing; else a new temporary one that is deleted when this process ends. Other users cannot
 * read it, unless `mode` allows it.
 */
export async function prepareFolder(
  given: string | undefined,
  name: string,
  mode = PRIVATE_FOLDER,
): Promise<string> {
  if (given !== undefined) {
    if (await mkdir(given, { recursive: true })) await chmod(given, mode);
    else await tighten(given, mode);
    return resolve(given);
  }
  const folder = await mkdtemp(join(tmpdir(), `spillway-${name}-`));
  guardFolder(folder);
  await chmod(folder, mode);
  return folder;
}
