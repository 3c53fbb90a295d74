import { localeOf } from '@spillway/forms';
import { publicView, readStatus, share, STATUS_EVERY_MS } from '@spillway/observe';
import { fetchRequestHandler } from '@trpc/server/adapters/fetch';
import { ApiError, problemResponse, retryAfter, toProblem } from '../errors.ts';
import type { ProblemCode } from '../errors.ts';
import { startExport } from '../inspect/export.ts';
import { checkContentType, readJson } from './json.ts';
import type { Metrics } from '../metrics.ts';
import { originOf } from './origin.ts';
import { appRouter } from '../router/root.ts';
import { checkSession } from '../access/session.ts';
import { requireOwnPage } from '../trpc.ts';
import type { Context, Services } from '../trpc.ts';

const KIB = 1024;
const TRPC_PATH = '/api/trpc';
/** Calls in one tRPC request. More than a page ever needs, fewer than would let one request hold the server. */
const MAX_BATCH_SIZE = 20;

/** Where a request came from, as the server that received it knows it. */
export interface Peer {
  readonly address: string | undefined;
}

export interface HttpOptions extends Services {
  readonly metrics: Metrics;
  /** An origin: `https://host`. */
  readonly baseUrl: string | undefined;
  readonly onError: (error: unknown) => void;
}

/** Request in, response out. None of them rejects. */
export interface HttpHandlers {
  /** `POST /api/submit` */
  handleSubmit(request: Request, peer: Peer): Promise<Response>;
  /** `GET /api/submissions/{id}?receipt=CODE` */
  handleStatus(request: Request, id: string): Promise<Response>;
  /** `/api/trpc/*` */
  handleTrpc(request: Request, peer: Peer): Promise<Response>;
  /** `GET /api/admin/export?list=…&format=csv|ndjson&form=…&search=…` */
  handleExport(request: Request): Promise<Response>;
  /** `/api/health/live`: the process runs. */
  handleLive(): Response;
  /** `/api/health/ready`: 200 while either store accepts, else 503; with each store's state. */
  handleReady(): Response;
  /** `/api/health/status`: 200 with all that this process knows of both stores, whatever their state. */
  handleHealthStatus(): Promise<Response>;
  /** `/api/metrics` */
  handleMetrics(): Promise<Response>;
}

export function createHttp(options: HttpOptions): HttpHandlers {
  const { queue, db, service, metrics, baseUrl, getSession, onError } = options;
  const maxBodyBytes = bodyLimit(queue.options.maxBytes);

  const originFor = ({ headers, url }: Request) => baseUrl ?? originOf(headers, url);
  const status = share(STATUS_EVERY_MS, () => readStatus(queue));

  function contextOf(request: Request, peer: Peer): Context {
    const origin = originFor(request);
    return { ...options, headers: request.headers, address: peer.address, origin };
  }

  return {
    async handleSubmit(request, peer) {
      if (request.method !== 'POST') return notAllowed(request, 'POST');
      try {
        const origin = originOf(request.headers, request.url);
        const receipt = await service.submit(() => readJson(request, maxBodyBytes), {
          channel: 'rest',
          origin,
          locale: localeOf(request.headers),
          ...peer,
        });
        return json(receipt, 202);
      } catch (error) {
        return problemResponse(toProblem(error));
      }
    },

    async handleStatus(request, id) {
      if (request.method !== 'GET' && request.method !== 'HEAD') return notAllowed(request, 'GET, HEAD');
      try {
        const code = new URL(request.url).searchParams.get('receipt') ?? '';
        return json(await service.status(id, code));
      } catch (error) {
        return problemResponse(toProblem(error));
      }
    },

    async handleTrpc(request, peer) {
      const refused = (code: ProblemCode) => metrics.refused('trpc', code);
      return fetchRequestHandler({
        endpoint: TRPC_PATH,
        router: appRouter,
        req: withCheckedBody(request, maxBodyBytes, refused),
        maxBatchSize: MAX_BATCH_SIZE,
        async createContext() {
          if (request.method === 'POST')
            await counting(refused, async () => checkContentType(request.headers));
          return contextOf(request, peer);
        },
        responseMeta({ errors }) {
          const problems = errors.map(toProblem);
          const slowest = problems.sort((a, b) => (b.retryAfterSeconds ?? 0) - (a.retryAfterSeconds ?? 0))[0];
          return {
            headers: new Headers({ 'cache-control': 'no-store', ...(slowest && retryAfter(slowest)) }),
          };
        },
        onError({ error }) {
          if (toProblem(error).code === 'internal') onError(error.cause ?? error);
        },
      });
    },

    async handleExport(request) {
      if (request.method !== 'GET') return notAllowed(request, 'GET');
      try {
        requireOwnPage(request.headers, originFor(request));
        const session = await checkSession(getSession, request.headers);
        return await startExport(queue, db, session, new URL(request.url).searchParams);
      } catch (error) {
        const problem = toProblem(error);
        if (problem.code === 'internal') onError(error);
        return problemResponse(problem);
      }
    },

    handleLive: () => json({ status: 'ok' }),

    handleReady() {
      const { accepts, redis, postgres } = queue.health();
      const body = {
        status: accepts ? 'ok' : 'unavailable',
        redis: publicView(redis),
        postgres: publicView(postgres),
      };
      return json(body, accepts ? 200 : 503);
    },

    handleHealthStatus: async () => json(await status()),

    async handleMetrics() {
      const headers = { 'content-type': metrics.contentType, 'cache-control': 'no-store' };
      return new Response(await metrics.text(), { headers });
    },
  };
}

/**
 * The largest body, when the data within may take `maxBytes` as we encode it. Others encode wider: escaped
 * non-ASCII text takes up to three times as much, indentation some more. The rest is for the envelope.
 */
function bodyLimit(maxBytes: number): number {
  return 4 * maxBytes + 64 * KIB;
}

/**
 * The request as tRPC gets it. tRPC asks for the body at the first input that it needs: after the origin, the session and
 * the limit of that call were looked at. It would read a body of any size and parse numbers away, so it gets what
 * `readJson` makes of it.
 */
function withCheckedBody(request: Request, maxBytes: number, refused: (code: ProblemCode) => void): Request {
  const { url, method, headers, signal } = request;
  if (method !== 'POST') return request;
  const read = () => counting(refused, () => readJson(request, maxBytes));
  return Object.defineProperty(new Request(url, { method, headers, signal }), 'json', { value: read });
}

/** Has it counted when it is refused. */
async function counting<T>(refused: (code: ProblemCode) => void, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    refused(toProblem(error).code);
    throw error;
  }
}

function notAllowed(request: Request, allow: string): Response {
  const error = new ApiError('method-not-allowed', `${request.method} is not answered here; use ${allow}.`);
  return problemResponse(error.problem, { allow });
}

function json(body: object, status: number = 200): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  });
}
