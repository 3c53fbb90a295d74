import type { Queue, StoreName } from '@spillway/queue';
import { createMeters, observeQueues } from '@spillway/observe';
import type { ProblemCode } from './errors.ts';

/** How a submission came in. The metrics call it `door`. */
export type Channel = 'rest' | 'trpc' | 'form';

export interface Metrics {
  accepted(channel: Channel, via: StoreName, seconds: number): void;
  refused(channel: Channel, code: ProblemCode): void;
  /** Prometheus' text format. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** What a web process counts, beside what it has in common with a worker. */
export function createMetrics(queue: Queue): Metrics {
  const meters = createMeters();
  observeQueues(meters, [queue]);
  const accepted = meters.count({
    name: 'spillway_accepted_total',
    help: 'Submissions accepted, by door (rest, trpc, form) and by the store that acknowledged.',
    labels: ['queue', 'door', 'via'],
  });
  const refused = meters.count({
    name: 'spillway_refused_total',
    help: 'Submissions refused, by door and problem code.',
    labels: ['queue', 'door', 'code'],
  });
  const latency = meters.histogram({
    name: 'spillway_accept_seconds',
    help: 'Time from the checked input to the acknowledgement of a store.',
    labels: ['queue', 'via'],
  });
  return {
    accepted(channel, via, seconds) {
      accepted({ queue: queue.name, door: channel, via });
      latency({ queue: queue.name, via }, seconds);
    },
    refused: (channel, code) => refused({ queue: queue.name, door: channel, code }),
    text: () => meters.text(),
    contentType: meters.contentType,
  };
}
