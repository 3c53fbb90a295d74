import { hostname } from 'node:os';
import { randomBytes } from 'node:crypto';
import type { Handler } from '../contract/handler.ts';
import { checkConnections, resolveWorkerOptions } from '../contract/options.ts';
import type { WorkerOptions } from '../contract/options.ts';
import { QueueWorker } from '../work/worker-loop.ts';
import { internalsOf } from './create-queue.ts';
import type { Queue, TypedQueue } from './create-queue.ts';
import type { Schemas } from '../contract/payload-schema.ts';
import type { WorkerView } from '../contract/views.ts';

/** What can be paused: a worker altogether, or only its recovery. */
export type Pausable = 'worker' | 'recovery';

/** Processes a queue's submissions and runs recovery, until stopped. */
export interface Worker {
  readonly name: string;
  /** Begins. Stores may be absent: it picks up as they appear. */
  start(): void;
  /** Claims nothing more, lets handlers finish within `graceMs`, gives the rest back. */
  stop(): Promise<void>;
  /** `worker`: claims nothing more until it is resumed, and finishes what is in hand. `recovery`: pushes nothing to Redis. */
  pause(what: Pausable): void;
  resume(what: Pausable): void;
  view(): WorkerView;
}

/**
 * Creates a worker; `start` starts it. Throws `InvalidOptionsError`.
 * `{ batch }` for effects in Postgres, `{ external }` for effects elsewhere: see `BatchHandler` and `ExternalHandler`.
 */
export function createWorker<S extends Schemas>(
  queue: TypedQueue<S>,
  handler: Handler<NoInfer<S>>,
  options?: WorkerOptions,
): Worker;
export function createWorker(queue: Queue, handler: Handler, options?: WorkerOptions): Worker;
export function createWorker(queue: Queue, handler: Handler, options: WorkerOptions = {}): Worker {
  const name = `${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}`;
  const resolved = resolveWorkerOptions(options, 'batch' in handler ? 'batch' : 'external', name);
  const internals = internalsOf(queue);
  checkConnections(resolved, internals.options);
  return new QueueWorker(internals, handler, resolved);
}
