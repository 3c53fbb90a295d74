import { once } from 'node:events';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import { publicView, readStatus, share, STATUS_EVERY_MS } from '@spillway/observe';
import type { Meters } from '@spillway/observe';
import type { Queue, Worker } from '@spillway/queue';

const JSON_TYPE = 'application/json; charset=utf-8';

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

interface Served {
  readonly queue: Queue;
  readonly worker: Worker;
  readonly meters: Meters;
  readonly isStarted: () => boolean;
}

export interface HealthServer {
  /** Where it listens. */
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves `/api/health/live` (the process runs), `/api/health/ready` (the worker was started and can work from one of
 * the stores), `/api/health/status` (the state of both stores, as this process sees them) and `/api/metrics`. Rejects when the port is taken.
 */
export async function serveHealth(
  { queue, worker, meters, isStarted }: Served,
  address: { readonly host: string; readonly port: number },
): Promise<HealthServer> {
  const status = share(STATUS_EVERY_MS, () => readStatus(queue));
  const routes: Record<string, () => Answer | Promise<Answer>> = {
    '/api/health/live': () => json(200, { live: true }),
    '/api/health/ready': () => readiness({ queue, worker, isStarted }),
    '/api/health/status': async () => json(200, { ...(await status()), worker: workerView(worker) }),
    '/api/metrics': async () => ({ status: 200, type: meters.contentType, body: await meters.text() }),
  };

  const server = createServer((request, response) => {
    route(routes, request).then(
      (answer) => send(response, answer, request.method === 'HEAD'),
      (error: unknown) => response.destroy(error instanceof Error ? error : undefined),
    );
  });
  server.listen(address.port, address.host);
  await once(server, 'listening');
  const bound = server.address();
  return {
    port: typeof bound === 'object' && bound ? bound.port : address.port,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function route(
  routes: Record<string, () => Answer | Promise<Answer>>,
  request: IncomingMessage,
): Promise<Answer> {
  const path = request.url?.split('?')[0] ?? '';
  const handler = Object.hasOwn(routes, path) ? routes[path] : undefined;
  if (!handler) return json(404, { error: `Not here. Ask one of ${Object.keys(routes).join(', ')}.` });
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return json(405, { error: 'Only GET and HEAD.' });
  return handler();
}

function readiness({ queue, worker, isStarted }: Pick<Served, 'queue' | 'worker' | 'isStarted'>): Answer {
  const { redis, postgres } = queue.health();
  const view = worker.view();
  // A worker that an operator has paused is well, and has nothing to be restarted for.
  const ready = isStarted() && (view.workingFrom !== 'none' || view.pausedByOperator);
  return json(ready ? 200 : 503, {
    ready,
    redis: publicView(redis),
    postgres: publicView(postgres),
    worker: {
      name: view.name,
      workingFrom: view.workingFrom,
      paused: view.pausedByOperator,
      inFlight: view.inFlight,
      settled: view.settled,
    },
  });
}

/** Its reason to pause is the text of an error, which names hosts. */
function workerView(worker: Worker) {
  const { paused, ...view } = worker.view();
  return { ...view, paused: paused !== undefined };
}

function send(response: ServerResponse, { status, type, body }: Answer, headOnly: boolean): void {
  const allow = status === 405 ? { allow: 'GET, HEAD' } : {};
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', ...allow });
  response.end(headOnly ? undefined : body);
}

function json(status: number, value: unknown): Answer {
  return { status, type: JSON_TYPE, body: JSON.stringify(value) };
}
