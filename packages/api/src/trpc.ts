import { initTRPC } from '@trpc/server';
import { TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc';
import type { Db } from '@spillway/db';
import type { ListQuery, Queue } from '@spillway/queue';
import { ApiError, toProblem, trpcCodeOf } from './errors.ts';
import type { Watch } from './feed.ts';
import type { Operations } from './operations.ts';
import { isSameOrigin } from './origin.ts';
import type { AdmitPassword } from './password-limit.ts';
import { includesRole, roleOf } from './roles.ts';
import type { Sandbox } from './sandbox.ts';
import type { SubmissionService } from './service.ts';
import type { StatusWatch } from './watch.ts';
import type { AdminLive, AdminOverview, Me, Role } from './wire.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;

/** Who is signed in. */
export interface Session {
  /** Names the session among others of the same person. Missing where there is none, as for a program. */
  readonly sessionId?: string;
  /** Known from a signed cookie alone, since Postgres cannot be asked: good for looking, not for changing anything. */
  readonly isRemembered?: boolean;
  readonly user: {
    readonly id: string;
    readonly email: string;
    readonly name: string;
    /** `viewer`, `operator` or `admin`; several are separated by commas. */
    readonly role?: string | null | undefined;
  };
}

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
  readonly getSession: (headers: Headers) => Promise<Session | null>;
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

/** Sees everything and changes nothing, but its own password. */
export const viewerProcedure = procedureFor('viewer');

/** Decides about submissions, and pauses what works on them. */
export const operatorProcedure = procedureFor('operator');

/** Administers who may do what. */
export const adminProcedure = procedureFor('admin');

/** For whoever is signed in with this role, or one that includes it. */
function procedureFor(needed: Role) {
  return ownProcedure.use(async ({ ctx, next }) => {
    const session = await ctx.getSession(ctx.headers).catch((cause: unknown) => {
      throw new ApiError(
        'store-unavailable',
        'The sign-in cannot be checked now. Try again.',
        { retryAfterSeconds: 5 },
        { cause },
      );
    });
    const me = requireRole(session, needed);
    // A session has a role here, so there is one.
    return next({ ctx: { me, session: session as Session } });
  });
}

/** A session that may have been ended, or have lost its role, since the cookie was written. */
export function refuseRemembered(session: Session | null): void {
  if (!session?.isRemembered) return;
  throw new ApiError(
    'store-unavailable',
    'The sign-in cannot be checked while Postgres is away. Try again.',
    {
      retryAfterSeconds: 5,
    },
  );
}

/** Refuses what a page of another site has a browser ask for with an operator's cookie, also by a link. Throws `forbidden`. */
export function requireOwnPage(headers: Headers, origin: string): void {
  if (isSameOrigin(headers, origin)) return;
  throw new ApiError('forbidden', 'This is answered to the pages of this site only. Open it from there.');
}

/** Who this is. Throws `unauthorized` or `forbidden`. */
export function requireRole(session: Session | null, needed: Role): Me {
  if (!session) throw new ApiError('unauthorized', 'Sign in first.');
  const { email, name } = session.user;
  const role = roleOf(session);
  if (role === undefined)
    throw new ApiError('forbidden', `${email} has no role here. An admin can give one.`);
  if (!includesRole(role, needed)) {
    throw new ApiError('forbidden', `This needs the role ${needed}; ${email} is ${role}.`);
  }
  return { email, name, role };
}

/** The signal by which a stream ends: the client left, or the process stops. */
export function streamSignal(ctx: Context, signal: AbortSignal | undefined): AbortSignal {
  return signal ? AbortSignal.any([signal, ctx.shutdown]) : ctx.shutdown;
}
