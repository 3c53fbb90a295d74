import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { migrate } from '@spillway/queue';
import { describeEnvironment } from '../environment.ts';
import type { Point } from '../stats.ts';
import { startHarness } from '../harness.ts';
import type { Harness } from '../harness.ts';
import { measureFootprint, redisBytes } from './footprint.ts';
import type { Footprint } from './footprint.ts';
import type { ChildOptions, Sample } from './messages.ts';
import { measureWeb, measureWorker } from './process-memory.ts';
import type { ProcessMemory } from './process-memory.ts';
import { trendOf } from './trend.ts';
import type { Trend } from './trend.ts';

const PER_SECOND = 1_000;
const MINUTE_MS = 60_000;
const SAMPLE_EVERY_MS = 2_000;
const CHILD = join(import.meta.dirname, 'child.ts');
const ROLES = ['producer', 'worker'] as const;

/** A size over time. */
interface SizeCurve {
  readonly name: string;
  /** Bytes by minutes. */
  readonly points: readonly Point[];
  readonly trend: Trend;
}

export interface SoakReport {
  readonly environment: string;
  readonly minutes: number;
  readonly perSecond: number;
  /** Submissions that were processed. */
  readonly done: number;
  readonly curves: readonly SizeCurve[];
  readonly footprint: Footprint;
  readonly web: ProcessMemory;
  readonly worker: ProcessMemory;
}

/** Steady load on two processes for the given time, and the memory that each takes. */
export async function soak(minutes: number, log: (text: string) => void): Promise<SoakReport> {
  await using harness = await startHarness();
  const environment = await describeEnvironment(harness);
  log(`${environment}\n`);
  log('What a submission takes …');
  const footprint = await measureFootprint(harness);
  log('What the web process and the worker take …');
  const web = await measureWeb(harness);
  const worker = await measureWorker(harness);
  await harness.emptyRedis();
  log(`${PER_SECOND} submissions a second for ${minutes} minutes …`);
  const { curves, done } = await watch(harness, minutes);
  return { environment, minutes, perSecond: PER_SECOND, done, curves, footprint, web, worker };
}

async function watch(harness: Harness, minutes: number) {
  await using database = await harness.database();
  await migrate(database.url);
  const children = ROLES.map((role) =>
    start({ role, redisUrl: harness.redis.url, postgresUrl: database.url, perSecond: PER_SECOND }),
  );
  const points = new Map<string, Point[]>();
  const note = (name: string, x: number, y: number) =>
    points.set(name, [...(points.get(name) ?? []), { x, y }]);
  const startedMs = performance.now();
  let done = 0;
  for (let x = 0; x < minutes; x = (performance.now() - startedMs) / MINUTE_MS) {
    await pause(SAMPLE_EVERY_MS);
    const samples = await Promise.all(children.map(ask));
    for (const [index, { rssBytes, heapBytes }] of samples.entries()) {
      note(`${ROLES[index]}, resident`, x, rssBytes);
      note(`${ROLES[index]}, live heap`, x, heapBytes);
    }
    note('Redis, used', x, await redisBytes(harness));
    done = samples.at(-1)?.done ?? 0;
  }
  for (const child of children) child.disconnect();
  const curves = [...points].map(([name, measured]): SizeCurve => ({
    name,
    points: measured,
    trend: trendOf(measured),
  }));
  return { curves, done };
}

function start(options: ChildOptions): ChildProcess {
  return fork(CHILD, [JSON.stringify(options)], { execArgv: ['--expose-gc'] });
}

async function ask(child: ChildProcess): Promise<Sample> {
  child.send('sample');
  const [sample]: Sample[] = await once(child, 'message');
  if (sample === undefined) throw new Error('The process did not say what it takes.');
  return sample;
}
