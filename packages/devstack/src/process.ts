import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { waitFor } from './wait.ts';

const GONE_TIMEOUT_MS = 60_000;

interface ProcessRow {
  pid: number;
  parent: number;
  /** First letter as `ps` prints it: T stopped, Z dead but not yet collected. */
  state: string;
  /** When it started, in whatever the system counts in: with the pid, it names one process for good. */
  startedAt: string;
}

/** A process that stays the same one although pids are used again. */
export interface ProcessId {
  pid: number;
  startedAt: string;
}

/** The name of the running process with this pid; undefined if there is no such process. */
export function identify(pid: number): ProcessId | undefined {
  const row = readProcess(pid);
  return row && row.state !== 'Z' ? { pid, startedAt: row.startedAt } : undefined;
}

/** Whether exactly this process still runs. */
export function isRunning(id: ProcessId): boolean {
  return identify(id.pid)?.startedAt === id.startedAt;
}

/** Stops (SIGSTOP) the process and everything below it. */
export function freezeTree(pid: number): void {
  // The root first: a stopped process cannot start further children while they are being counted.
  send(pid, 'SIGSTOP');
  for (const child of descendants(pid)) send(child, 'SIGSTOP');
}

/** Lets the process and everything below it go on. */
export function resumeTree(pid: number): void {
  for (const child of descendants(pid)) send(child, 'SIGCONT');
  send(pid, 'SIGCONT');
}

/** SIGKILL to the process and everything below it; resolves once all of them are gone. */
export async function killTree(pid: number): Promise<void> {
  send(pid, 'SIGSTOP');
  const tree = [...descendants(pid), pid].map(identify).filter((id) => id !== undefined);
  for (const member of tree) send(member.pid, 'SIGKILL');
  await waitFor(() => !tree.some(isRunning), {
    timeoutMs: GONE_TIMEOUT_MS,
    intervalMs: 5,
    message: `the end of process ${pid} and its children`,
  });
}

/** Sends a signal; a process that is gone already is no error. */
export function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

function descendants(root: number): number[] {
  const table = readTable();
  const below = (pid: number): number[] =>
    table.filter((row) => row.parent === pid).flatMap((row) => [row.pid, ...below(row.pid)]);
  return below(root);
}

function readTable(): ProcessRow[] {
  if (process.platform !== 'linux') return readPs(['-A']);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readProcStat(Number(name)))
    .filter((row) => row !== undefined);
}

function readProcess(pid: number): ProcessRow | undefined {
  return process.platform === 'linux' ? readProcStat(pid) : readPs(['-p', String(pid)])[0];
}

function readProcStat(pid: number): ProcessRow | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in parentheses, may contain anything: count from the last one.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { pid, parent: Number(fields[1]), state: fields[0] ?? '', startedAt: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}

function readPs(selection: string[]): ProcessRow[] {
  const ps = spawnSync('ps', [...selection, '-o', 'pid=,ppid=,stat=,lstart='], { encoding: 'utf8' });
  return ps.stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields.length > 3)
    .map(([pid, parent, state, ...startedAt]) => ({
      pid: Number(pid),
      parent: Number(parent),
      state: state?.[0] ?? '',
      startedAt: startedAt.join(' '),
    }));
}
