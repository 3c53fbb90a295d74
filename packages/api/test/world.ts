import { createDb, insertSubmissions, migrate } from '@spillway/db';
import type { Db } from '@spillway/db';
import { startPostgres, startRedis } from '@spillway/devstack';
import type { PostgresServer, RedisServer } from '@spillway/devstack';
import { createQueue, createWorker } from '@spillway/queue';
import type { Queue, QueueOptions, Worker } from '@spillway/queue';
import { createApi } from '../src/index.ts';
import type { Api, ApiOptions, Problem, Receipt, Session } from '../src/index.ts';

export const SECRET = 'a secret for the tests';

export const OPERATOR: Session = { user: { id: 'u1', name: 'Op', email: 'op@example.com', role: 'admin' } };

/** Someone with this role, as who signs in with the cookie `role=…`. */
export function someone(role: string): Session {
  return { user: { id: role, name: role, email: `${role}@example.com`, role } };
}

/** Which store acknowledges is then a matter of what works, and not of how fast the machine is. */
const PATIENT = { deadlineMs: 60_000, hedgeMs: { min: 20_000, max: 20_000 } };

/** Real stores for a test file, and as many queues with their API over them as its tests want. */
export interface World {
  readonly postgres: PostgresServer;
  readonly redis: RedisServer;
  start(options?: HouseOptions): Promise<House>;
  stop(): Promise<void>;
}

type HouseOptions = Partial<ApiOptions & Pick<QueueOptions, 'name' | 'primary' | 'maxBytes'>>;

/** A queue and its API. */
export interface House {
  readonly api: Api;
  readonly queue: Queue;
  readonly db: Db;
  /** What `onError` was told. */
  readonly surprises: unknown[];
  /** Ends the streams of this API. */
  readonly shutdown: AbortController;
  /** Starts a worker that fills `submissions`. */
  work(): Worker;
}

export async function startWorld(): Promise<World> {
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  const databaseUrl = await postgres.createDatabase();
  await migrate(databaseUrl);
  const db = patientDb(databaseUrl);
  const closers: (() => Promise<unknown>)[] = [];
  let houses = 0;

  async function start({ name, primary, maxBytes, ...options }: HouseOptions = {}): Promise<House> {
    const queue = createQueue({
      ...PATIENT,
      redis: redis.url,
      postgres: databaseUrl,
      name: name ?? `house-${(houses += 1)}`,
      primary,
      maxBytes,
    });
    await queue.migrate();
    const surprises: unknown[] = [];
    const shutdown = new AbortController();
    const api = createApi({
      queue,
      db,
      secret: SECRET,
      rateLimit: 'off',
      shutdown: shutdown.signal,
      getSession: async (headers) => {
        const [, role] = /^role=(\w+)$/.exec(headers.get('cookie') ?? '') ?? [];
        if (role !== undefined) return someone(role);
        return headers.get('cookie') === 'operator' ? OPERATOR : null;
      },
      onError: (error) => void surprises.push(error),
      ...options,
    });
    const workers: Worker[] = [];
    closers.push(async () => {
      shutdown.abort();
      await Promise.all(workers.map((worker) => worker.stop()));
      await api.close();
      await queue.close();
    });
    function work(): Worker {
      const worker = createWorker(queue, { batch: (rows, tx) => insertSubmissions(tx, rows.map(toRow)) });
      worker.start();
      workers.push(worker);
      return worker;
    }
    return { api, queue, db, surprises, shutdown, work };
  }

  return {
    postgres,
    redis,
    start,
    async stop() {
      await Promise.all(closers.map((close) => close()));
      await db.$client.end();
      await Promise.all([postgres.stop(), redis.stop()]);
    },
  };
}

/** The application's database, with limits that a slow machine does not reach. */
function patientDb(url: string): Db {
  const db = createDb(url);
  // Of the connections that it opens from here on.
  Object.assign(db.$client.options, { query_timeout: 60_000, connectionTimeoutMillis: 60_000 });
  return db;
}

function toRow({
  id,
  form,
  data,
  receivedAt,
  attempt,
}: {
  id: string;
  form: string;
  data: unknown;
  receivedAt: Date;
  attempt: number;
}) {
  return { id, form, data, receivedAt, attempts: attempt };
}

/** A request as a server hands it on. Text goes as it is, anything else as JSON. */
export function post(path: string, body: unknown, headers: Record<string, string> = {}): Request {
  return new Request(`http://spillway.test${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', host: 'spillway.test', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

/** The two endpoints that speak JSON. Each answers with the status, the receipt or the problem, and the headers. */
export const ENDPOINTS = {
  async rest(api: Api, body: unknown, headers?: Record<string, string>, address?: string): Promise<Answer> {
    const response = await api.handleSubmit(post('/api/submit', body, headers), { address });
    const text = await response.text();
    const parsed: Receipt & Problem = JSON.parse(text);
    return { status: response.status, headers: response.headers, receipt: parsed, problem: parsed, text };
  },
  async trpc(api: Api, body: unknown, headers?: Record<string, string>, address?: string): Promise<Answer> {
    const response = await api.handleTrpc(post('/api/trpc/submission.submit', body, headers), { address });
    const text = await response.text();
    const parsed: { result: { data: Receipt }; error: { data: { problem: Problem } } } = JSON.parse(text);
    return {
      status: response.status,
      headers: response.headers,
      receipt: parsed.result?.data,
      problem: parsed.error?.data.problem,
      text,
    };
  },
};

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly receipt: Receipt;
  readonly problem: Problem;
  readonly text: string;
}
