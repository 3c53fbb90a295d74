import { readFile } from 'node:fs/promises';
import type { RunningProcess } from '../process.ts';

/** A look at the process between two requests for it, ms. */
const EVERY_MS = 1;

interface Running extends Pick<RunningProcess, 'pid'> {
  readonly url: string;
}

/**
 * For how long `send` kept the process from answering anyone else, ms: the longest wait for `/api/health/live` meanwhile,
 * but no more than its main thread has worked in that time. So what a busy machine adds to the wait does not count.
 */
export async function blockedMs({ url, pid }: Running, send: () => Promise<unknown>): Promise<number> {
  let isUnderWay = true;
  const sent = send().finally(() => (isUnderWay = false));
  let longestMs = 0;
  do {
    const [startedMs, workedMs] = [performance.now(), await workOf(pid)];
    await (await fetch(`${url}/api/health/live`)).arrayBuffer();
    const waitedMs = performance.now() - startedMs;
    const duringMs = (await workOf(pid)) - workedMs;
    longestMs = Math.max(longestMs, Number.isNaN(duringMs) ? waitedMs : Math.min(waitedMs, duringMs));
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  } while (isUnderWay);
  await sent;
  return longestMs;
}

/** How long the main thread was on a processor since it began, ms. Not a number where the system does not say: not Linux. */
async function workOf(pid: number | undefined): Promise<number> {
  const text = await readFile(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').catch(() => '');
  const [nanoseconds] = text.split(' ');
  return nanoseconds === undefined || nanoseconds === '' ? Number.NaN : Number(nanoseconds) / 1e6;
}
