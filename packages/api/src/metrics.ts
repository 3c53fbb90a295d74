import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Queue, StoreName } from '@spillway/queue';
import type { ProblemCode } from './errors.ts';

/** By which way a submission came in. */
export type Door = 'rest' | 'trpc' | 'form';

const LATENCY_BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

export interface Metrics {
  accepted(door: Door, via: StoreName, seconds: number): void;
  refused(door: Door, code: ProblemCode): void;
  /** Prometheus' text format. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** Counts in a registry of its own, beside the process's usual numbers. */
export function createMetrics(queue: Pick<Queue, 'health'>): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const accepted = new Counter({
    name: 'spillway_accepted_total',
    help: 'Submissions accepted, by door and by the store that acknowledged.',
    labelNames: ['door', 'via'],
    registers,
  });
  const refused = new Counter({
    name: 'spillway_refused_total',
    help: 'Submissions refused, by door and problem code.',
    labelNames: ['door', 'code'],
    registers,
  });
  const latency = new Histogram({
    name: 'spillway_accept_seconds',
    help: 'Time from the checked input to the acknowledgement of a store.',
    labelNames: ['via'],
    buckets: LATENCY_BUCKETS_S,
    registers,
  });
  new Gauge({
    name: 'spillway_store_up',
    help: '1: the last real use of the store succeeded. 0: down or not configured.',
    labelNames: ['store'],
    registers,
    collect() {
      const { redis, postgres } = queue.health();
      for (const store of [redis, postgres]) this.set({ store: store.name }, store.state === 'up' ? 1 : 0);
    },
  });
  return {
    accepted(door, via, seconds) {
      accepted.inc({ door, via });
      latency.observe({ via }, seconds);
    },
    refused: (door, code) => refused.inc({ door, code }),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
