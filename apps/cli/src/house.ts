import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { userInfo } from 'node:os';
import { createApi } from '@spillway/api';
import type { Procedures } from '@spillway/api';
import { createDb } from '@spillway/db';
import type { Db } from '@spillway/db';
import { createQueue } from '@spillway/queue';
import type { Queue } from '@spillway/queue';
import type { Env } from './env.ts';
import { UsageError } from './errors.ts';

/** By then both stores have answered, or are away: connecting and looking twice takes no longer. */
const FIRST_LOOK_MS = 2_500;
/** A store that hangs must not hold up the end of a command. */
const CLOSE_MS = 1_000;

/** The stores, and the same procedures over them that the pages call. */
export interface House {
  readonly queue: Queue;
  readonly db: Db;
  readonly admin: Procedures['admin'];
  /** As from the address of an export: a list, a format, a filter. */
  exportList(wanted: URLSearchParams): Promise<Response>;
  close(): Promise<void>;
}

/** Connects, and waits until each store has answered or is known to be away. Throws `UsageError` without a URL. */
export async function openHouse(env: Env, signal: AbortSignal): Promise<House> {
  const postgres = postgresOf(env);
  const redis = env.REDIS_URL;
  const heard = new Set<'redis' | 'postgres'>();
  const both = Promise.withResolvers<void>();
  const queue = createQueue({
    name: env.SPILLWAY_QUEUE,
    schema: env.SPILLWAY_SCHEMA,
    primary: env.SPILLWAY_PRIMARY,
    postgres,
    ...(redis !== undefined && { redis }),
    onEvent: ({ event, fields }) => {
      if (event !== 'store_up' && event !== 'store_down') return;
      heard.add(fields.store);
      if (heard.has('postgres') && (redis === undefined || heard.has('redis'))) both.resolve();
    },
  });
  const db = createDb(postgres);
  const api = createApi({
    queue,
    db,
    // The command line issues no receipts.
    secret: randomBytes(32).toString('hex'),
    rateLimit: 'off',
    shutdown: signal,
    getSession: async () => null,
    countsFlow: false,
  });
  const session = sessionOf(userName());
  await Promise.race([both.promise, sleep(FIRST_LOOK_MS, undefined, { signal, ref: false }).catch(() => {})]);
  return {
    queue,
    db,
    admin: api.callAs(session).admin,
    exportList: (wanted) => api.exportAs(session, wanted),
    close: async () => {
      const closing = api.close().then(() => Promise.all([queue.close(), db.$client.end()]));
      await Promise.race([closing, sleep(CLOSE_MS, undefined, { ref: false })]);
    },
  };
}

/** The address of Postgres. Throws `UsageError` if it is not set. */
export function postgresOf({ DATABASE_URL }: Env): string {
  if (DATABASE_URL !== undefined) return DATABASE_URL;
  throw new UsageError(
    'DATABASE_URL is not set.\n' +
      '  Set it, and REDIS_URL, as for the web app. In a clone, `npm run spillway -- …` finds the stores of `npm start`.',
  );
}

/** A person who can reach the stores may do everything; the audit log records the name. */
function sessionOf(name: string) {
  return { user: { id: `cli:${name}`, email: `cli:${name}`, name, role: 'admin' } };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under a uid that has no name.
    return `uid-${process.getuid?.() ?? 'unknown'}`;
  }
}
