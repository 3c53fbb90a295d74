import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '..');
/** As in production: from its sources each start would take ten times as long. */
const MAIN = join(FOLDER, 'dist', 'main.js');

/** Bundles the command, as for production. */
export async function build(): Promise<void> {
  const child = spawn('pnpm', ['run', 'build'], { cwd: FOLDER, stdio: ['ignore', 'ignore', 'inherit'] });
  await once(child, 'close');
  if (child.exitCode !== 0) throw new Error('The command could not be built.');
}

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs: what it printed so far, and its end. */
export interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  stdout(): string;
  readonly ended: Promise<Ran>;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Starts the command as a shell would, without a terminal. */
export function start(env: Environment, args: readonly string[]): Running {
  const child = spawn(process.execPath, [MAIN, ...args], { env: { PATH: process.env['PATH'], ...env } });
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (chunk: string) => (text[name] += chunk));
  const ended = once(child, 'close').then((): Ran => ({ code: child.exitCode, ...text }));
  return { child, stdout: () => text.stdout, ended };
}

/** Runs it to its end. */
export async function run(env: Environment, args: readonly string[], input = ''): Promise<Ran> {
  const { child, ended } = start(env, args);
  child.stdin.on('error', () => {}).end(input);
  return ended;
}
