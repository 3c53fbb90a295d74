import { hostname } from 'node:os';
import { createReport } from '../contract/events.ts';
import { randomBytes } from 'node:crypto';
import { kindOfHandler } from '../contract/handler-check.ts';
import type { Handler } from '../contract/handler.ts';
import { checkConnections, checkForms, resolveWorkerOptions } from '../contract/worker-options.ts';
import type { WorkerOptions } from '../contract/worker-options.ts';
import { QueueWorker } from './queue-worker.ts';
import { internalsOf } from './internals.ts';
import { openWorkerStores } from './open-stores.ts';
import type { Queue, TypedQueue } from '../contract/queue.ts';
import type { Worker } from '../contract/worker.ts';
import type { Schemas } from '../contract/payload-schema.ts';

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
  const { options: queueOptions, workPool, addWorker } = internalsOf(queue);
  const kind = kindOfHandler(handler);
  const resolved = resolveWorkerOptions(options, kind, name);
  checkConnections(resolved, queueOptions, kind);
  checkForms(resolved, queueOptions);
  const report = createReport(queueOptions.onEvent, { queue: queueOptions.name, worker: resolved.name });
  return addWorker(
    () =>
      new QueueWorker(
        queueOptions,
        openWorkerStores(queueOptions, workPool, report),
        handler,
        resolved,
        report,
      ),
  );
}
