import { resolveQueueOptions } from '../contract/options.ts';
import type { QueueOptions } from '../contract/options.ts';
import type { Schemas } from '../contract/payload-schema.ts';
import type { Queue, TypedQueue } from '../contract/queue.ts';
import { keepInternals } from './internals.ts';
import { SubmissionQueue } from './submission-queue.ts';

/** Creates a queue. Throws `InvalidOptionsError`, and never because a store is down: it connects in the background. */
export function createQueue<S extends Schemas>(
  options: QueueOptions & { readonly schemas: S },
): TypedQueue<S>;
export function createQueue(options: QueueOptions): Queue;
export function createQueue(options: QueueOptions): Queue {
  const queue = new SubmissionQueue(resolveQueueOptions(options));
  keepInternals(queue, queue.internals);
  return queue;
}
