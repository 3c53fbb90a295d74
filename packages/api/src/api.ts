import type { Db } from '@spillway/db';
import { readSubmission, startFlowCounter } from '@spillway/db';
import type { Queue } from '@spillway/queue';
import { createReceipts } from '@spillway/receipt';
import { createChallenges } from './abuse/challenge.ts';
import { createCounters } from './abuse/counters.ts';
import { createDrainEstimate } from './inspect/drain-estimate.ts';
import { startExport } from './inspect/export.ts';
import { createFeed } from './live/feed.ts';
import { createFind } from './submit/find.ts';
import { createHttp } from './http/http.ts';
import type { HttpHandlers } from './http/http.ts';
import { createMetrics } from './metrics.ts';
import { createOperations } from './operator/operations.ts';
import { fingerprintOf, readLive, readOverview } from './inspect/overview.ts';
import { createPasswordLimit } from './abuse/password-limit.ts';
import { createRateLimit } from './abuse/rate-limit.ts';
import type { Admit, RateLimit } from './abuse/rate-limit.ts';
import { appRouter } from './router/root.ts';
import type { AppRouter } from './router/root.ts';
import { createSandbox } from './sandbox/sandbox.ts';
import type { SandboxOptions } from './sandbox/sandbox.ts';
import { createService } from './submit/service.ts';
import type { ServiceOptions, SubmissionService } from './submit/service.ts';
import { createAbuseGuard } from './abuse/abuse-guard.ts';
import type { AbuseGuard } from './abuse/abuse-guard.ts';
import type { GetSession, Session } from './access/session.ts';
import type { LiveQuery, Services } from './trpc.ts';
import { createStatusWatch } from './live/status-watch.ts';

const LIVE_EVERY_MS = 1000;
/** Of a call that no browser makes. */
const NO_ORIGIN = 'http://localhost';
/** Looking one's own up takes one or two tries. */
const FINDS = { perMinute: 10 };
/** Far more than people at one address sign in and out. The sign-in library has a stricter limit on passwords. */
const SIGN_INS = { perMinute: 100 };
/** A thousand from one address is what the limits are against. */
const UNLIMITED: AbuseGuard = {
  admit: async () => ({ isSuspicious: false, retryAfterSeconds: 0 }),
  requireChallenge: async () => {},
};

export interface ApiOptions {
  readonly queue: Queue;
  /** The application's database: workers, controls, operations, the audit log, and what was processed. */
  readonly db: Db;
  /** Keys the receipt codes: at least 16 random characters. Another secret voids every receipt given out. */
  readonly secret: string;
  /** The site's address, `https://host`. Default: what each request says. Set it where many names lead here. */
  readonly baseUrl?: string | undefined;
  readonly rateLimit: RateLimit;
  /** Where senders are counted, so that all processes count together. Default: each in its own memory. */
  readonly redis?: string | undefined;
  /** Breaks and mends the stores of the local devstack, for the sandbox. Default: there is none. */
  readonly actOnStore?: SandboxOptions['act'];
  /** This process accepts submissions for others, and counts them by the minute. Default: it does not. */
  readonly countsFlow?: boolean;
  /** Aborts when the process stops: ends every open stream. */
  readonly shutdown: AbortSignal;
  readonly getSession: GetSession;
  /** Told after a change of users that may have ended sessions or changed roles. Default: nothing is. */
  readonly usersChanged?: () => Promise<void>;
  /** Told of every error that no one planned for; the sender only learns that there was one. Default: nobody is. */
  readonly onError?: (error: unknown) => void;
}

/** The procedures as functions. What they throw, `toProblem` reads. */
export type Procedures = ReturnType<AppRouter['createCaller']>;

export interface Api extends HttpHandlers {
  readonly router: AppRouter;
  readonly service: SubmissionService;
  /** Limits for endpoints outside the API, by address. Each throws `rate-limited`. */
  readonly admit: {
    /** A form's page that shows again what was posted, to a sender that was not let in. As many as there may be submissions. */
    readonly replay: Admit;
    readonly signIn: Admit;
  };
  /** Calls procedures within this process as somebody whom the caller vouches for: no request, no cookies. */
  callAs(session: Session): Procedures;
  /** An export as somebody whom the caller vouches for. Rejects with `ApiError`. */
  exportAs(session: Session, wanted: URLSearchParams): Promise<Response>;
  /** After `shutdown`: resolves when nothing that was begun in the background runs any more. */
  close(): Promise<void>;
}

/** Wires the API over a queue. Throws when an option is out of range; connects to nothing by itself. */
export function createApi(options: ApiOptions): Api {
  const { queue, db, secret, rateLimit, shutdown, getSession, onError = () => {} } = options;
  const { usersChanged = async () => {} } = options;
  const baseUrl = options.baseUrl === undefined ? undefined : new URL(options.baseUrl).origin;
  const metrics = createMetrics(queue);
  const receipts = createReceipts(secret);
  const counters = createCounters(options.redis, shutdown);
  const findLimit = rateLimit === 'off' ? 'off' : FINDS;
  const flow = options.countsFlow
    ? startFlowCounter({ db, queue: queue.name, counts: ['redis', 'postgres'] })
    : undefined;
  const accepting: Omit<ServiceOptions, 'guard'> = {
    queue,
    receipts,
    find: createFind({ queue, db, receipts, admit: createRateLimit(findLimit, 'find', counters) }),
    readProcessed: (id) => readSubmission(db, id),
    metrics,
    accepted: (via) => flow?.count(via, 1),
    baseUrl,
    onError,
  };
  const service = createService({
    ...accepting,
    guard: createAbuseGuard(
      createRateLimit(rateLimit, 'submit', counters),
      createChallenges(secret, counters),
    ),
  });
  const { actOnStore } = options;
  const unlimited = createService({ ...accepting, guard: UNLIMITED });
  const sandbox =
    actOnStore && createSandbox({ act: actOnStore, service: unlimited, placesOf: queue.inspect.locate });
  const sources = { queue, db, estimateDrain: createDrainEstimate() };
  const operations = createOperations({ queue, db, shutdown, onError });
  const watchLive = createFeed({
    load: (query: LiveQuery) => readLive(sources, query),
    everyMs: () => LIVE_EVERY_MS,
    fingerprint: fingerprintOf,
  });
  const watchStatus = createStatusWatch(service);
  const services: Services = {
    queue,
    db,
    service,
    watchLive,
    watchStatus,
    overview: () => readOverview(sources),
    operations,
    admitPassword: createPasswordLimit(counters),
    sandbox,
    shutdown,
    getSession,
    usersChanged,
  };
  const http = createHttp({ ...services, metrics, baseUrl, onError });
  return {
    service,
    router: appRouter,
    admit: {
      replay: createRateLimit(rateLimit, 'replay', counters),
      signIn: createRateLimit(rateLimit === 'off' ? 'off' : SIGN_INS, 'sign-in', counters),
    },
    ...http,
    callAs: (session) =>
      appRouter.createCaller({
        ...services,
        getSession: async () => session,
        headers: new Headers(),
        address: undefined,
        origin: baseUrl ?? NO_ORIGIN,
      }),
    exportAs: (session, wanted) => startExport(queue, db, session, wanted),
    async close() {
      await operations.idle();
      await flow?.stop();
    },
  };
}
