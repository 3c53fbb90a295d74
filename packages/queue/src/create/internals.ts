import { InvalidOptionsError } from '../contract/errors.ts';
import type { ResolvedQueueOptions } from '../contract/options.ts';
import type { Queue } from '../contract/queue.ts';
import type { Worker } from '../contract/worker.ts';
import type { OpenPool } from '../postgres/connection/connection.ts';

/** What a worker needs of its queue. Not part of the public names. */
export interface QueueInternals {
  readonly options: ResolvedQueueOptions;
  readonly workPool: OpenPool;
  /** Makes a worker, which stops before the queue closes. Throws `QueueClosedError` once it is closed. */
  readonly addWorker: <W extends Worker>(make: () => W) => W;
}

const internals = new WeakMap<Queue, QueueInternals>();

export function keepInternals(queue: Queue, of: QueueInternals): void {
  internals.set(queue, of);
}

export function internalsOf(queue: Queue): QueueInternals {
  const found = internals.get(queue);
  if (found === undefined)
    throw new InvalidOptionsError(
      'Expected a queue made by createQueue() of this copy of @spillway/queue. Two copies may be installed.',
    );
  return found;
}
