import type { Challenge } from 'altcha-lib';
import { TRPCError } from '@trpc/server';
import type { TRPC_ERROR_CODE_KEY } from '@trpc/server/rpc';
import { z } from 'zod';
import { limitIssues } from '@spillway/forms';
import type { Issue } from '@spillway/forms';
import {
  ConflictError,
  InvalidSubmissionError,
  NotAcceptedError,
  QueueClosedError,
  QueueError,
  StoreUnavailableError,
  TooLargeError,
} from '@spillway/queue';
import { isStoreAway } from './store-away.ts';

interface Kind {
  readonly status: number;
  readonly title: string;
  /** The name that tRPC gives to this status. */
  readonly trpc: TRPC_ERROR_CODE_KEY;
}

const KINDS = {
  'bad-request': { status: 400, title: 'The request cannot be read', trpc: 'BAD_REQUEST' },
  'not-json': { status: 400, title: 'The body is not JSON', trpc: 'BAD_REQUEST' },
  unauthorized: { status: 401, title: 'Sign in first', trpc: 'UNAUTHORIZED' },
  forbidden: { status: 403, title: 'Not allowed', trpc: 'FORBIDDEN' },
  'challenge-required': { status: 403, title: 'Solve the challenge first', trpc: 'FORBIDDEN' },
  'not-found': { status: 404, title: 'Not found', trpc: 'NOT_FOUND' },
  'unknown-form': { status: 404, title: 'No such form', trpc: 'NOT_FOUND' },
  'method-not-allowed': { status: 405, title: 'Method not allowed', trpc: 'METHOD_NOT_SUPPORTED' },
  conflict: { status: 409, title: 'The id was used for other content', trpc: 'CONFLICT' },
  'too-large': { status: 413, title: 'Too large', trpc: 'PAYLOAD_TOO_LARGE' },
  'unsupported-media-type': { status: 415, title: 'Not sent as JSON', trpc: 'UNSUPPORTED_MEDIA_TYPE' },
  invalid: { status: 422, title: 'There is a problem with what was sent', trpc: 'UNPROCESSABLE_CONTENT' },
  'invalid-id': { status: 422, title: 'The id cannot be used', trpc: 'UNPROCESSABLE_CONTENT' },
  'rate-limited': { status: 429, title: 'Too many submissions', trpc: 'TOO_MANY_REQUESTS' },
  internal: { status: 500, title: 'Something went wrong here', trpc: 'INTERNAL_SERVER_ERROR' },
  'not-accepted': { status: 503, title: 'Not accepted', trpc: 'SERVICE_UNAVAILABLE' },
  'shutting-down': { status: 503, title: 'Restarting', trpc: 'SERVICE_UNAVAILABLE' },
  'store-unavailable': { status: 503, title: 'A store is not available', trpc: 'SERVICE_UNAVAILABLE' },
} as const satisfies Record<string, Kind>;

/** Every way in which the API says no. The set is closed. */
export type ProblemCode = keyof typeof KINDS;

const STORE_RETRY_SECONDS = 5;

/** RFC 9457. The same object is the body of a REST error and `data.problem` of a tRPC error. */
export interface Problem {
  /** `/problems/{code}`. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** What is wrong here, and the remedy, for people. */
  readonly detail: string;
  readonly code: ProblemCode;
  /** What to mend (422). `field` is a field of the form, or `id`, `form`, `data`; empty: the whole. */
  readonly errors?: readonly Issue[];
  /** The server's clock, ISO 8601, where the id's time was refused: mint the next id from it. */
  readonly serverTime?: string;
  /** The id that the submission had, also where it was minted here: send it again with it. */
  readonly id?: string;
  /** 503: true = it may have been stored and still be processed; false = certainly not stored. */
  readonly indeterminate?: boolean;
  /** The same as the header `Retry-After`. */
  readonly retryAfterSeconds?: number;
  /** 403 `challenge-required`: what a page solves with `altcha-lib` and sends back as `check.solution`. */
  readonly challenge?: Challenge;
}

type Extras = Pick<
  Problem,
  'errors' | 'serverTime' | 'id' | 'indeterminate' | 'retryAfterSeconds' | 'challenge'
>;

/** An error that the API means: `problem` is what the sender gets to see. */
export class ApiError extends Error {
  readonly problem: Problem;

  constructor(code: ProblemCode, detail: string, extras: Extras = {}, options?: ErrorOptions) {
    super(detail, options);
    this.name = 'ApiError';
    this.problem = problemOf(code, detail, extras);
  }

  /** What the API makes of another error. */
  static of(cause: unknown): ApiError {
    if (isApiError(cause)) return cause;
    const { code, detail, ...extras } = toProblem(cause);
    return new ApiError(code, detail, extras, { cause });
  }
}

/** By name and not by class: a web framework may bundle this module more than once into one process. */
export function isApiError(error: unknown): error is ApiError {
  return error instanceof Error && error.name === 'ApiError' && 'problem' in error;
}

/** The one mapper to the outside. What is not known here becomes `internal`, which tells nothing. */
export function toProblem(error: unknown): Problem {
  if (isApiError(error)) return error.problem;
  if (error instanceof QueueError) return fromQueue(error);
  if (error instanceof TRPCError) return fromTrpc(error);
  if (error instanceof z.ZodError) return fromZod(error);
  return isStoreAway(error) ? storeAway() : internal();
}

/** tRPC's name for a problem. */
export function trpcCodeOf(problem: Problem): TRPC_ERROR_CODE_KEY {
  return KINDS[problem.code].trpc;
}

/** A problem as an HTTP response. */
export function problemResponse(problem: Problem, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...retryAfter(problem),
      ...headers,
    },
  });
}

/** The header that says when to come back, where the problem knows. */
export function retryAfter(problem: Problem): Record<string, string> {
  return problem.retryAfterSeconds === undefined ? {} : { 'retry-after': String(problem.retryAfterSeconds) };
}

/** Milliseconds as the whole seconds of `Retry-After`: at least one, lest the sender come at once. */
export function toRetrySeconds(afterMs: number): number {
  return Math.max(1, Math.ceil(afterMs / 1000));
}

function problemOf(code: ProblemCode, detail: string, extras: Extras = {}): Problem {
  const { status, title } = KINDS[code];
  return { type: `/problems/${code}`, title, status, detail, code, ...extras };
}

function internal(): Problem {
  return problemOf('internal', 'This is our fault, not yours. Try again in a moment.');
}

/** Postgres, asked by ourselves and not through the queue. Its own text names hosts. */
function storeAway(): Problem {
  return problemOf('store-unavailable', 'Postgres does not answer or is read-only now. Try again.', {
    retryAfterSeconds: STORE_RETRY_SECONDS,
  });
}

function fromQueue(error: QueueError): Problem {
  if (error instanceof InvalidSubmissionError) return fromInvalid(error);
  if (error instanceof NotAcceptedError) return fromNotAccepted(error);
  if (error instanceof TooLargeError) return problemOf('too-large', error.message);
  if (error instanceof ConflictError) return problemOf('conflict', error.message, { id: error.id });
  if (error instanceof StoreUnavailableError) {
    return problemOf('store-unavailable', error.message, { retryAfterSeconds: STORE_RETRY_SECONDS });
  }
  if (error instanceof QueueClosedError) {
    return problemOf(
      'shutting-down',
      'This server is restarting and stored nothing. Send it again with the same id.',
      {
        indeterminate: false,
        retryAfterSeconds: 1,
      },
    );
  }
  return internal();
}

function fromInvalid(error: InvalidSubmissionError): Problem {
  const { reason, message } = error;
  switch (reason) {
    case 'id':
    case 'id_expired':
    case 'id_in_future':
      return problemOf('invalid-id', message, {
        errors: [{ field: 'id', message }],
        serverTime: new Date().toISOString(),
      });
    case 'schema':
      return problemOf('invalid', message, { errors: error.fields });
    case 'form':
      return problemOf('invalid', message, { errors: [{ field: 'form', message }] });
    case 'data':
    case 'depth':
    case 'received_at':
    case 'run_at':
      return problemOf('invalid', message, { errors: [{ field: 'data', message }] });
  }
}

function fromNotAccepted(error: NotAcceptedError): Problem {
  return problemOf('not-accepted', error.message, {
    id: error.id,
    indeterminate: error.indeterminate,
    retryAfterSeconds: toRetrySeconds(error.retryAfterMs),
  });
}

/** What tRPC refuses by itself, before a procedure runs; else what the procedure threw is the cause. */
function fromTrpc(error: TRPCError): Problem {
  if (error.cause instanceof z.ZodError) return fromZod(error.cause);
  if (isApiError(error.cause) || error.cause instanceof QueueError) return toProblem(error.cause);
  switch (error.code) {
    case 'PARSE_ERROR':
    case 'BAD_REQUEST':
      return problemOf('bad-request', 'The request does not follow the protocol of this address.');
    case 'NOT_FOUND':
      return problemOf('not-found', 'There is no such procedure.');
    case 'METHOD_NOT_SUPPORTED':
      return problemOf('method-not-allowed', 'Call queries with GET and mutations with POST.');
    case 'UNSUPPORTED_MEDIA_TYPE':
      return problemOf('unsupported-media-type', 'Send the header Content-Type: application/json.');
    default:
      return isStoreAway(error.cause) ? storeAway() : internal();
  }
}

function fromZod(error: z.ZodError): Problem {
  const errors = error.issues.map((issue) => ({ field: issue.path.join('.'), message: issue.message }));
  return problemOf('invalid', 'The input has the wrong shape.', { errors: limitIssues(errors, 'en') });
}
