import { listWorkers } from '@spillway/db';
import type { Db } from '@spillway/db';
import { StoreUnavailableError } from '@spillway/queue';
import type { Queue } from '@spillway/queue';
import { controlsOf } from '../operator/controls.ts';
import type { DrainEstimate } from './drain-estimate.ts';
import { readInflow } from './flow.ts';
import { readList } from './list.ts';
import type { LiveQuery } from '../trpc.ts';
import { toWire } from '../wire.ts';
import type { AdminLive, AdminOverview } from '../wire.ts';

/** A worker not heard of for so long is not counted as alive: it speaks every few seconds. */
const ALIVE_MS = 30_000;
/** How long an overview waits for each of what the application's tables say before it does without. */
const WAIT_MS = 1500;

interface OverviewSources {
  readonly queue: Pick<Queue, 'inspect' | 'name'>;
  readonly db: Db;
  readonly estimateDrain: DrainEstimate;
}

/** What an operator sees at a glance. Never rejects because a store is away: what is not known is missing. */
export async function readOverview({ queue, db, estimateDrain }: OverviewSources): Promise<AdminOverview> {
  const [overview, workers, controls, inflow] = await Promise.all([
    queue.inspect.overview(),
    within(WAIT_MS, listWorkers(db, { sinceMs: ALIVE_MS })),
    within(WAIT_MS, controlsOf(db, queue.name)),
    within(WAIT_MS, readInflow(db, queue.name)),
  ]);
  const drainEstimateMs = estimateDrain(overview);
  return {
    ...toWire(overview),
    ...(workers && { workers: toWire(workers) }),
    ...(controls && { controls }),
    ...(inflow && { inflow }),
    ...(drainEstimateMs !== undefined && { drainEstimateMs }),
  };
}

/** The overview and a page of a list, for the live admin pages. */
export async function readLive(sources: OverviewSources, { list }: LiveQuery): Promise<AdminLive> {
  const [overview, page] = await Promise.all([
    readOverview(sources),
    list && readList(sources.queue, sources.db, list).catch(absent),
  ]);
  return { overview, ...(page && { page: toWire(page) }) };
}

function absent(error: unknown): undefined {
  if (!(error instanceof StoreUnavailableError)) throw error;
}

/** Everything but the time of looking, which changes though nothing else does. */
export function fingerprintOf({ overview, page }: AdminLive): string {
  return JSON.stringify([{ ...overview, at: undefined }, page]);
}

/** The value, or `undefined` when it fails or takes too long. */
async function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => late.resolve(undefined), ms);
  try {
    return await Promise.race([promise.catch(() => undefined), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
