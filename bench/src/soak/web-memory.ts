import { execFile } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { load } from '../http/load.ts';
import { startWeb } from '../http/web.ts';
import type { Stand } from '../stand.ts';

const run = promisify(execFile);
const LOAD_MS = 20_000;
const REST_MS = 5_000;

/** The resident size of the web process, in bytes. */
export interface WebMemory {
  readonly idle: number;
  readonly loaded: number;
  /** Some seconds later. */
  readonly rested: number;
}

export async function measureWebMemory(stand: Stand): Promise<WebMemory> {
  await using web = await startWeb(stand);
  const idle = await residentBytes(web.pid);
  await load(`${web.url}/api/submit`, LOAD_MS);
  const loaded = await residentBytes(web.pid);
  await pause(REST_MS);
  return { idle, loaded, rested: await residentBytes(web.pid) };
}

async function residentBytes(pid: number): Promise<number> {
  const { stdout } = await run('ps', ['-o', 'rss=', '-p', String(pid)]);
  return Number(stdout) * 1_024;
}
