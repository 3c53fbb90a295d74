import type { Queue, Worker } from '@spillway/queue';
import { Counter, Gauge, Registry, collectDefaultMetrics } from 'prom-client';

/** What the worker counts, for Prometheus. Read from the worker's own view at each scrape. */
export function createMetrics(queue: Queue, worker: Worker): Registry {
  const registry = new Registry();
  const registers = [registry];
  registry.setDefaultLabels({ queue: queue.name });
  collectDefaultMetrics({ register: registry });

  const counters = {
    settled: 'Submissions settled by this worker.',
    failed: 'Attempts that failed.',
    dead: 'Submissions that ended dead.',
    recovered: 'Submissions pushed back to Redis.',
  } as const;
  for (const key of ['settled', 'failed', 'dead', 'recovered'] as const) {
    new Counter({
      name: `spillway_worker_${key}_total`,
      help: counters[key],
      registers,
      collect() {
        this.reset();
        this.inc(worker.view()[key]);
      },
    });
  }
  new Gauge({
    name: 'spillway_worker_in_flight',
    help: 'Submissions in hand.',
    registers,
    collect() {
      this.set(worker.view().inFlight);
    },
  });
  new Gauge({
    name: 'spillway_store_up',
    help: 'Whether the store answered when it was last used.',
    labelNames: ['store'],
    registers,
    collect() {
      const { redis, postgres } = queue.health();
      for (const store of [redis, postgres]) this.set({ store: store.name }, store.state === 'up' ? 1 : 0);
    },
  });
  return registry;
}
