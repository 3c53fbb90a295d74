import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { ProcessId } from './process.ts';

/** What the watchdog ends and removes when this process is gone. */
export interface Guarded {
  /** Each with the signal that ends it cleanly and fast; SIGKILL follows when it does not. */
  processes: { id: ProcessId; signal: NodeJS.Signals }[];
  temporaryFolders: string[];
}

const guarded: Guarded = { processes: [], temporaryFolders: [] };
let watchdog: ChildProcess | undefined;

/** Ends the process when this one ends, however it ends. Returns the undoing. */
export function guardProcess(id: ProcessId, signal: NodeJS.Signals): () => void {
  const entry = { id, signal };
  guarded.processes.push(entry);
  tellWatchdog();
  return () => {
    guarded.processes.splice(guarded.processes.indexOf(entry), 1);
    tellWatchdog();
  };
}

/** Removes the folder when this process ends, however it ends. */
export function guardFolder(path: string): void {
  guarded.temporaryFolders.push(path);
  tellWatchdog();
}

// A killed process cannot clean up; a second one can, because it notices the end of the pipe between them. It
// always gets the whole list, so that a restarted watchdog knows as much as the one before.
function tellWatchdog(): void {
  watchdog ??= startWatchdog();
  watchdog.stdin?.write(`${JSON.stringify(guarded)}\n`);
}

function startWatchdog(): ChildProcess {
  const program = fileURLToPath(new URL('./watchdog.ts', import.meta.url));
  // In a separate session, so that Ctrl-C in the terminal does not end it together with this process; and with an empty
  // environment, so that debugging or loader options of this process do not reach it.
  const child = spawn(process.execPath, [program], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: {},
    cwd: '/',
  });
  const forget = () => {
    if (watchdog === child) watchdog = undefined;
  };
  child.once('error', forget).once('exit', forget);
  child.stdin.on('error', forget);
  child.unref();
  if (child.stdin instanceof Socket) child.stdin.unref();
  return child;
}
