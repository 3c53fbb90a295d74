import { setTimeout as pause } from 'node:timers/promises';
import { createQueue, migrate } from '@spillway/queue';
import type { Queue } from '@spillway/queue';
import { waitFor } from '@spillway/devstack';
import { repeat } from './closed-loop.ts';
import { data } from './payload.ts';
import { seedBacklog } from './seed-backlog.ts';
import type { When } from './seed-backlog.ts';
import { median } from './stats.ts';
import type { Harness } from './harness.ts';
import { workOff } from './work-off.ts';

/** Submissions that are enqueued, recovered or processed in one measurement. */
export const STEP = 2_000;
export const CALLERS = 64;
/** Views shown for one median. */
const VIEWS = 15;
/** Recovery leaves younger rows alone. */
const GRACE_MS = 600;

/** The cost of operations in a queue with this many waiting submissions in Postgres, in ms. */
export interface Backlog extends AsyncDisposable {
  /** 1,000 submissions accepted by Postgres, from 64 callers. */
  enqueue(): Promise<number>;
  /** 1,000 of them claimed from Postgres by a worker, handled by nothing, and settled. */
  claim(): Promise<number>;
  /** 1,000 rows recovered to a Redis that has forgotten. */
  recover(): Promise<number>;
  /** The first page of the backlog. */
  page(): Promise<number>;
  /** The operator's overview. */
  overview(): Promise<number>;
}

export interface BacklogOptions {
  readonly name: string;
  readonly waiting: number;
  readonly when: When;
}

export async function openBacklog(harness: Harness, options: BacklogOptions): Promise<Backlog> {
  const { name, waiting, when } = options;
  await using opening = new AsyncDisposableStack();
  const database = opening.use(await harness.database());
  await migrate(database.url);
  await seedBacklog(database, name, waiting, when);
  // Accepts and works from Postgres, as in an outage; the other one also knows Redis.
  const alone = open(database.url);
  const both = open(database.url, harness.redis.url);
  await waitFor(() => both.health().redis.keeps === 'disk', { message: 'Redis to be audited' });

  const restock = async () => {
    const { rows } = await database.pool.query<{ due: number }>(
      'SELECT count(*)::int AS due FROM spillway.fallback_submissions WHERE run_at <= now()',
    );
    const wanted = Math.max(STEP, when === 'due' ? waiting : 0);
    const missing = wanted - (rows[0]?.due ?? 0);
    if (missing > 0) await seedBacklog(database, name, missing, 'due');
    // As autovacuum does with a backlog that has waited a minute; without it, the scenario `drain` is what one sees.
    else await database.pool.query('VACUUM ANALYZE spillway.fallback_submissions');
  };
  function open(postgres: string, redis?: string): Queue {
    const highWater = STEP * 10;
    return createQueue({ name, postgres, highWater, ...(redis !== undefined && { redis }) });
  }

  opening.defer(() => Promise.all([alone.close(), both.close()]).then(() => {}));
  const owned = opening.move();
  return {
    enqueue: async () => {
      const tookMs = await time(() => repeat(STEP, CALLERS, () => alone.enqueue({ form: 'inbox', data })));
      return (tookMs / STEP) * 1_000;
    },
    claim: async () => {
      await restock();
      const { tookMs, settled } = await workOff(alone, STEP);
      return (tookMs / settled) * 1_000;
    },
    recover: async () => {
      await restock();
      await pause(GRACE_MS);
      await forget(harness, name);
      // A new one begins at the first row, as a process does that has just started.
      const recovering = open(database.url, harness.redis.url);
      try {
        return ((await recoverRows(recovering)) / STEP) * 1_000;
      } finally {
        await recovering.close();
      }
    },
    page: () => medianTime(() => both.inspect.list({ list: 'postgres' })),
    overview: () => medianTime(() => both.inspect.overview()),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function recoverRows(queue: Queue): Promise<number> {
  await waitFor(() => queue.health().redis.state === 'up' && queue.health().redis.keeps === 'disk', {
    message: 'Redis',
  });
  return time(async () => {
    for (let pushed = 0; pushed < STEP;) {
      const result = await queue.recover();
      pushed += result.pushed;
      if (result.pushed === 0) throw new Error(`only ${pushed} of ${STEP} rows could be recovered`);
    }
  });
}

async function forget({ client }: Harness, queue: string): Promise<void> {
  const keys = await client.keys(`*{${queue}}*`);
  if (keys.length > 0) await client.unlink(keys);
}

async function medianTime(call: () => Promise<unknown>): Promise<number> {
  const tookMs: number[] = [];
  for (let view = 0; view < VIEWS; view += 1) tookMs.push(await time(call));
  return median(tookMs);
}

async function time(call: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await call();
  return performance.now() - startedMs;
}
