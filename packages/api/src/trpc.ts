import { initTRPC } from '@trpc/server';
import { TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc';
import type { Db } from '@spillway/db';
import type { ListQuery, Queue } from '@spillway/queue';
import { ApiError, toProblem, trpcCodeOf } from './errors.ts';
import type { Watch } from './live/feed.ts';
import { guardedStream } from './live/guarded-stream.ts';
import type { Operations } from './operator/operations.ts';
import { isSameOrigin } from './http/origin.ts';
import type { AdmitPassword } from './abuse/password-limit.ts';
import type { Sandbox } from './sandbox/sandbox.ts';
import { admit, checkSession, requireConfirmed } from './access/session.ts';
import type { GetSession, RememberedSession, Session } from './access/session.ts';
import type { SubmissionService } from './submit/service.ts';
import type { StatusWatch } from './live/status-watch.ts';
import type { AdminLive, AdminOverview, Role } from './wire.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;

/** What a live page shows besides the overview. */
export interface LiveQuery {
  readonly list?: ListQuery;
}

/** What every call shares. */
export interface Services {
  readonly queue: Queue;
  readonly db: Db;
  readonly service: SubmissionService;
  readonly watchLive: Watch<LiveQuery, AdminLive>;
  readonly watchStatus: StatusWatch;
  /** Only where the local devstack runs the stores. */
  readonly sandbox: Sandbox | undefined;
  readonly overview: () => Promise<AdminOverview>;
  readonly operations: Operations;
  readonly admitPassword: AdmitPassword;
  /** Ends every stream, so that the process can. */
  readonly shutdown: AbortSignal;
  readonly getSession: GetSession;
  /** Told after a change of users that may have ended sessions or changed roles. */
  readonly usersChanged: () => Promise<void>;
}

/** One call. */
export interface Context extends Services {
  readonly headers: Headers;
  readonly address: string | undefined;
  readonly origin: string;
}

const t = initTRPC.context<Context>().create({
  // The same problem as over REST. Nothing else of the error goes out, no stack and no inner message.
  errorFormatter({ error, shape }) {
    const problem = toProblem(error);
    const code = trpcCodeOf(problem);
    return {
      message: problem.detail,
      code: TRPC_ERROR_CODES_BY_KEY[code],
      data: { code, httpStatus: problem.status, path: shape.data.path, problem },
    };
  },
  sse: {
    ping: { enabled: true, intervalMs: 5 * SECOND_MS },
    client: { reconnectAfterInactivityMs: 15 * SECOND_MS },
    // A stream outlives its session otherwise: the client reconnects, and is asked again who it is.
    maxDurationMs: 5 * MINUTE_MS,
  },
});

export const router = t.router;

/** Open to everyone. Changes are taken from programs and from our own pages: others' are not to act in their visitors' name. */
export const publicProcedure = t.procedure.use(({ ctx, next, type }) => {
  if (type === 'mutation' && !isSameOrigin(ctx.headers, ctx.origin)) {
    throw new ApiError('forbidden', 'Changes are taken from the pages of this site only.');
  }
  return next();
});

/** Our own pages and programs only, for queries too: what an operator may ask for is costly, and some of it is recorded. */
const ownProcedure = publicProcedure.use(({ ctx, next }) => {
  requireOwnPage(ctx.headers, ctx.origin);
  return next();
});

/** Reads everything and changes nothing except its own password. */
export const viewerProcedure = procedureFor('viewer', requireConfirmed);

/** Decides about submissions, and pauses workers and recovery. */
export const operatorProcedure = procedureFor('operator', requireConfirmed);

/** Administers users. */
export const adminProcedure = procedureFor('admin', requireConfirmed);

/**
 * A viewer's query that is also answered to a remembered session, while Postgres is known to be away. For the overview and
 * the lists alone: nothing of users, payloads or exports. Changes nothing.
 */
export const outageProcedure = procedureFor('viewer', (session) => session).use(({ next, type }) => {
  if (type === 'mutation') throw new Error('A procedure for outages must not change anything.');
  return next();
});

/**
 * Breaks and starts the stores of the local devstack, and is not found anywhere else. Also for a remembered operator: the
 * page that stopped Postgres has to be able to start it.
 */
export const sandboxProcedure = procedureFor('operator', (session) => session).use(({ ctx, next }) => {
  const { sandbox } = ctx;
  if (!sandbox) throw new ApiError('not-found', 'There is no sandbox here.');
  return next({ ctx: { sandbox } });
});

/** For a session with this role, or with one that includes it, of a kind that `accept` lets through. */
function procedureFor<S extends Session | RememberedSession>(
  needed: Role,
  accept: (session: Session | RememberedSession | null) => S | null,
) {
  return ownProcedure.use(async ({ ctx, next, type }) => {
    const check = async () => admit(accept(await checkSession(ctx.getSession, ctx.headers)), needed);
    const over = new AbortController();
    const shutdown = AbortSignal.any([ctx.shutdown, over.signal]);
    const result = await next({ ctx: { ...(await check()), shutdown } });
    if (type !== 'subscription' || !result.ok || !isAsyncIterable(result.data)) return result;
    return { ...result, data: guardedStream(result.data, { check, end: () => over.abort() }) };
  });
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/** Refuses what a page of another site has a browser ask for with an operator's cookie, also by a link. Throws `forbidden`. */
export function requireOwnPage(headers: Headers, origin: string): void {
  if (isSameOrigin(headers, origin)) return;
  throw new ApiError('forbidden', 'This is answered to the pages of this site only. Open it from there.');
}

/** The signal by which a stream ends: the client left, or the process stops. */
export function streamSignal(ctx: Context, signal: AbortSignal | undefined): AbortSignal {
  return signal ? AbortSignal.any([signal, ctx.shutdown]) : ctx.shutdown;
}
