import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Ends a process that hangs; the web process gives itself 8 s. */
const GRACE_MS = 60_000;

export interface RunningProcess {
  readonly pid: number | undefined;
  /** What it has written so far. */
  output(): string;
  hasExited(): boolean;
  /** SIGTERM, and SIGKILL after a minute. Gives the exit code, or the signal that ended it. */
  stop(): Promise<number | string>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

/** Runs a program, Node by default, with this environment and, of ours, only PATH and HOME. */
export function startProcess(
  args: readonly string[],
  cwd: string,
  env: Record<string, string>,
  program = process.execPath,
): RunningProcess {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(program, args, { cwd, env: { PATH, HOME, ...env } });
  const exited = once(child, 'exit');
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  return {
    pid: child.pid,
    output: () => output,
    hasExited: () => child.exitCode !== null || child.signalCode !== null,
    async stop() {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
      await exited;
      clearTimeout(timer);
      return child.exitCode ?? child.signalCode ?? 'unknown';
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
