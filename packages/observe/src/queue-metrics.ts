import type { Overview, Queue, QueueStats, ShadowStats } from '@spillway/queue';
import type { Meters } from './meters.ts';
import { share } from './share.ts';

/** One look at the stores serves all gauges of a scrape, and scrapers that come together, ms. */
const LOOK_EVERY_MS = 500;

/** The metrics that web and worker share: the stores as this process sees them, and the number of submissions in them. */
export function observeQueues(meters: Meters, queues: readonly Queue[]): void {
  observeStores(meters, queues);
  observePushes(meters, queues);
  observeShadow(meters, queues);
  observeBacklog(meters, queues);
  observePools(meters, queues);
}

function observeStores(meters: Meters, queues: readonly Queue[]): void {
  const labels = ['queue', 'store'];
  const stores = queues.flatMap((queue) =>
    (['redis', 'postgres'] as const).map((store) => ({
      at: { queue: queue.name, store },
      view: () => queue.health()[store],
      stats: () => queue.stats()[store],
    })),
  );
  const up = {
    name: 'spillway_store_up',
    help: '1: the store is used. 0: it is down, or not configured.',
    labels,
  };
  meters.gauge(up, (set) => {
    for (const { at, view } of stores) set(at, view().state === 'up' ? 1 : 0);
  });
  const keeps = {
    name: 'spillway_store_keeps',
    help: 'What the store keeps of what it acknowledges, by its settings: 1 at disk, second, memory or unknown.',
    labels: [...labels, 'keeps'],
  };
  meters.gauge(keeps, (set) => {
    for (const { at, view } of stores) if (view().state !== 'absent') set({ ...at, keeps: view().keeps }, 1);
  });
  const open = {
    name: 'spillway_breaker_open',
    help: '1: nobody waits for the store; probes look after it.',
    labels,
  };
  meters.gauge(open, (set) => {
    for (const { at, view } of stores) if (view().breaker) set(at, view().breaker === 'open' ? 1 : 0);
  });
  const changes = {
    name: 'spillway_breaker_changes_total',
    help: 'How often the breaker opened and closed.',
    labels: [...labels, 'to'],
  };
  meters.counter(changes, (add) => {
    for (const { at, stats } of stores) {
      const counted = stats();
      if (counted === undefined) continue;
      add({ ...at, to: 'open' }, counted.opened);
      add({ ...at, to: 'closed' }, counted.closed);
    }
  });
  const accepting = {
    name: 'spillway_accepting',
    help: '1: a submission would be accepted now, as far as this process knows.',
    labels: ['queue'],
  };
  meters.gauge(accepting, (set) => {
    for (const queue of queues) set({ queue: queue.name }, queue.health().accepts ? 1 : 0);
  });
}

function observePushes(meters: Meters, queues: readonly Queue[]): void {
  const each = (add: (queue: string, store: string, stats: QueueStats['postgres']) => void) => {
    for (const queue of queues) {
      const { redis, postgres } = queue.stats();
      if (redis) add(queue.name, 'redis', redis);
      add(queue.name, 'postgres', postgres);
    }
  };
  const asked = {
    name: 'spillway_asked_total',
    help: 'Times that a store was asked to take a submission, and why it: primary, redis_open, redis_hedge, …',
    labels: ['queue', 'store', 'reason'],
  };
  meters.counter(asked, (set) =>
    each((queue, store, stats) => {
      for (const [reason, count] of Object.entries(stats.asked)) set({ queue, store, reason }, count);
    }),
  );
  const answered = {
    name: 'spillway_answers_total',
    help: 'What it answered: stored, duplicate, conflict, full, refused (certainly not there), unknown (may still land).',
    labels: ['queue', 'store', 'answer'],
  };
  meters.counter(answered, (set) =>
    each((queue, store, stats) => {
      for (const [answer, count] of Object.entries(stats.answers)) set({ queue, store, answer }, count);
    }),
  );
}

function observeShadow(meters: Meters, queues: readonly Queue[]): void {
  const each = (tell: (queue: string, shadow: ShadowStats) => void) => {
    for (const queue of queues) {
      const { shadow } = queue.stats();
      if (shadow) tell(queue.name, shadow);
    }
  };
  const age = {
    name: 'spillway_shadow_age_seconds',
    help: 'How long the oldest submission has waited that Redis has acknowledged and Postgres has no copy of yet. 0: none waits.',
    labels: ['queue'],
  };
  meters.gauge(age, (set) => each((queue, { oldestMs }) => set({ queue }, oldestMs / 1000)));
  const copies = {
    name: 'spillway_shadow_total',
    help: 'Submissions that Redis has acknowledged: copied to Postgres (written), or without a copy since too many waited (skipped).',
    labels: ['queue', 'result'],
  };
  meters.counter(copies, (add) =>
    each((queue, { written, skipped }) => {
      add({ queue, result: 'written' }, written);
      add({ queue, result: 'skipped' }, skipped);
    }),
  );
}

function observeBacklog(meters: Meters, queues: readonly Queue[]): void {
  const looks = queues.map((queue) => ({
    queue: queue.name,
    look: share(LOOK_EVERY_MS, () => queue.inspect.overview()),
  }));
  const each = async (tell: (queue: string, overview: Overview) => void) => {
    await Promise.all(looks.map(async ({ queue, look }) => tell(queue, await look())));
  };
  const depth = {
    name: 'spillway_depth',
    help: 'Submissions that a store holds: ready, delayed, active. Postgres counts up to 10,000 of each.',
    labels: ['queue', 'store', 'state'],
  };
  meters.gauge(depth, (set) =>
    each((queue, { redis, postgres }) => {
      for (const { name, depth: held } of [redis, postgres]) {
        if (held === undefined) continue;
        for (const state of ['ready', 'delayed', 'active'] as const)
          set({ queue, store: name, state }, held[state]);
      }
    }),
  );
  const oldest = {
    name: 'spillway_oldest_seconds',
    help: 'Age of the oldest submission that is due and that nobody has in hand; 0 where none is.',
    labels: ['queue', 'store'],
  };
  meters.gauge(oldest, (set) =>
    each((queue, { at, redis, postgres }) => {
      for (const { name, depth: held } of [redis, postgres]) {
        const ageMs = held?.oldestAt ? at.getTime() - held.oldestAt.getTime() : 0;
        if (held) set({ queue, store: name }, Math.max(0, ageMs) / 1_000);
      }
    }),
  );
  const unpushed = {
    name: 'spillway_unpushed',
    help: 'Rows in Postgres that Redis does not hold: what recovery has yet to push. Counted up to 10,000.',
    labels: ['queue'],
  };
  meters.gauge(unpushed, (set) =>
    each((queue, overview) => {
      if (overview.unpushed !== undefined && overview.redis.state !== 'absent')
        set({ queue }, overview.unpushed);
    }),
  );
  const dead = {
    name: 'spillway_dead_waiting',
    help: 'Dead submissions that wait for an operator. Counted up to 10,000.',
    labels: ['queue'],
  };
  meters.gauge(dead, (set) =>
    each((queue, { outcomes }) => {
      if (outcomes) set({ queue }, outcomes.dead);
    }),
  );
}

function observePools(meters: Meters, queues: readonly Queue[]): void {
  const each = (tell: (at: { queue: string; pool: string }, pool: QueueStats['pools']['accept']) => void) => {
    for (const queue of queues)
      for (const [pool, stats] of Object.entries(queue.stats().pools))
        tell({ queue: queue.name, pool }, stats);
  };
  const labels = ['queue', 'pool'];
  const connections = {
    name: 'spillway_pool_connections',
    help: 'Connections to Postgres, by pool (accept, work): busy and idle.',
    labels: [...labels, 'state'],
  };
  meters.gauge(connections, (set) =>
    each((at, { busy, idle }) => {
      set({ ...at, state: 'busy' }, busy);
      set({ ...at, state: 'idle' }, idle);
    }),
  );
  const limit = { name: 'spillway_pool_limit', help: 'The most connections that the pool opens.', labels };
  meters.gauge(limit, (set) => each((at, { max }) => set(at, max)));
  const waiting = { name: 'spillway_pool_waiting', help: 'Callers that wait for a connection.', labels };
  meters.gauge(waiting, (set) => each((at, pool) => set(at, pool.waiting)));
  const abandoned = {
    name: 'spillway_pool_abandoned',
    help: 'Statements whose callers have given up and that Postgres still runs, for a lock or a standby.',
    labels,
  };
  meters.gauge(abandoned, (set) => each((at, pool) => set(at, pool.abandoned)));
}
