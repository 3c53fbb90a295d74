import { sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import type { Pool } from 'pg';
import { StoreUnavailableError } from './errors.ts';
import type { StoreName } from './errors.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import type { StorePath } from './path.ts';
import { isStoreFailure, withConnection } from './postgres/connection.ts';
import type { Database } from './postgres/connection.ts';
import { COUNT_CAP, parseHistory, PostgresStore } from './postgres/store.ts';
import type { Health } from './queue.ts';
import type { RedisEntry, RedisStore } from './redis/store.ts';
import type { Keeps } from './store.ts';
import type {
  BacklogPage,
  BacklogQuery,
  BacklogRow,
  Inspect,
  Overview,
  SubmissionDetail,
  SubmissionState,
  SubmissionStatus,
} from './views.ts';

const VIEW_DEADLINE_MS = 2_000;
const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;
const BEST_FIRST: readonly Keeps[] = ['disk', 'second', 'memory', 'unknown'];

export interface InspectOptions {
  readonly queue: string;
  readonly pool: Pool;
  readonly redis: RedisStore | undefined;
  readonly health: () => Health;
  readonly order: () => readonly StorePath[];
}

export interface Inspection extends Inspect {
  status(id: string): Promise<SubmissionStatus>;
}

/** The read-only views of a queue. */
export function createInspect(options: InspectOptions): Inspection {
  const run = async <T>(work: (db: Database) => Promise<T>): Promise<T> => {
    try {
      return await withConnection(options.pool, VIEW_DEADLINE_MS, work);
    } catch (error) {
      if (isStoreFailure(error, false)) throw new StoreUnavailableError('postgres', error);
      throw error;
    }
  };
  return {
    overview: () => readOverview(options, run),
    backlog: (query = {}) => run((db) => readBacklog(db, options.queue, query)),
    find: (id) => find(options, run, id),
    status: async (id) => toStatus(await lookUp(options, run, id), id, options.health()),
  };
}

type Run = <T>(work: (db: Database) => Promise<T>) => Promise<T>;

type Counts = { oldest_ms: number | null; unpushed: number; done: number; dead: number; discarded: number };

async function readOverview(options: InspectOptions, run: Run): Promise<Overview> {
  const [redisDepth, postgresDepth, counts] = await Promise.all([
    orUndefined(options.redis?.depth()),
    orUndefined(new PostgresStore(options.pool, options.queue).depth()),
    orUndefined(run((db) => readCounts(db, options))),
  ]);
  const { redis, postgres } = options.health();
  const accepting = options.order().find((path) => !path.breaker.open)?.name ?? 'none';
  const redisWorks = redis.state === 'up' && redisDepth !== undefined;
  return {
    queue: options.queue,
    at: new Date(),
    redis: { ...redis, ...(redisDepth && { depth: redisDepth }) },
    postgres: { ...postgres, ...(postgresDepth && { depth: postgresDepth }) },
    accepting,
    workingFrom: postgresDepth === undefined ? 'none' : redisWorks ? 'redis' : 'postgres',
    ...(counts && {
      unpushed: counts.unpushed,
      ...(counts.oldest_ms !== null && { oldestWaitingAt: new Date(counts.oldest_ms) }),
      outcomes: {
        done: counts.done,
        dead: counts.dead,
        discarded: counts.discarded,
        capped: Math.max(counts.done, counts.dead, counts.discarded) >= COUNT_CAP,
      },
    }),
  };
}

async function readCounts(db: Database, { queue, redis }: InspectOptions): Promise<Counts | undefined> {
  const capped = (from: SQL) =>
    sql`(SELECT count(*)::int FROM (SELECT 1 FROM ${from} LIMIT ${COUNT_CAP}) counted)`;
  const outcomes = (status: string) =>
    capped(sql`submission_outcomes WHERE queue = ${queue} AND status = ${status}`);
  const { rows } = await db.execute<Counts>(sql`
    SELECT (SELECT extract(epoch FROM created_at)::float8 * 1000 FROM fallback_submissions
        WHERE queue = ${queue} AND run_at <= now() ORDER BY run_at, id LIMIT 1) AS oldest_ms,
      ${capped(sql`fallback_submissions WHERE queue = ${queue} AND ${isUnpushed(redis?.epoch)}`)} AS unpushed,
      ${outcomes('done')} AS done, ${outcomes('dead')} AS dead, ${outcomes('discarded')} AS discarded`);
  return rows[0];
}

/** Without an epoch Redis is not known to hold anything. */
function isUnpushed(epoch: string | undefined): SQL {
  return epoch === undefined ? sql`true` : sql`pushed_epoch IS DISTINCT FROM ${epoch}`;
}

type BacklogSqlRow = {
  id: string;
  form: string;
  created_ms: number;
  run_ms: number;
  run_at: string;
  state: BacklogRow['state'];
  pushed: boolean;
  attempts: number;
  reason: string | null;
  last_error: string | null;
  bytes: number;
};

async function readBacklog(db: Database, queue: string, query: BacklogQuery): Promise<BacklogPage> {
  const limit = Math.min(MAX_LIMIT, Math.max(1, Math.trunc(query.limit ?? DEFAULT_LIMIT)));
  const filters = sql.join(
    [
      sql`queue = ${queue}`,
      ...(query.form === undefined ? [] : [sql`form = ${query.form}`]),
      ...(query.minAgeMs === undefined
        ? []
        : [sql`created_at <= now() - ${query.minAgeMs} * interval '1 ms'`]),
      ...(query.maxAgeMs === undefined
        ? []
        : [sql`created_at >= now() - ${query.maxAgeMs} * interval '1 ms'`]),
    ],
    sql` AND `,
  );
  const cursor = decodeCursor(query.cursor);
  const after = cursor ? sql`AND (run_at, id) > (${cursor.at}::timestamptz, ${cursor.id}::uuid)` : sql``;
  const { rows } = await db.execute<BacklogSqlRow>(sql`
    SELECT id, form, extract(epoch FROM created_at)::float8 * 1000 AS created_ms, run_at::text AS run_at,
      extract(epoch FROM run_at)::float8 * 1000 AS run_ms, pushed_epoch IS NOT NULL AS pushed, attempts, reason, last_error,
      octet_length(data) AS bytes,
      CASE WHEN lease_until > now() THEN 'processing' WHEN run_at > now() THEN 'scheduled' ELSE 'waiting' END AS state
    FROM fallback_submissions WHERE ${filters} ${after} ORDER BY run_at, id LIMIT ${limit + 1}`);
  const counted = await db.execute<{ matching: number }>(sql`
    SELECT count(*)::int AS matching FROM (SELECT 1 FROM fallback_submissions WHERE ${filters} LIMIT ${COUNT_CAP}) counted`);
  const matching = counted.rows[0]?.matching ?? 0;
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    rows: page.map(toBacklogRow),
    ...(rows.length > limit && last && { nextCursor: encodeCursor({ at: last.run_at, id: last.id }) }),
    matching,
    capped: matching >= COUNT_CAP,
  };
}

function toBacklogRow(row: BacklogSqlRow): BacklogRow {
  return {
    id: row.id,
    form: row.form,
    receivedAt: new Date(row.created_ms),
    runAt: new Date(row.run_ms),
    state: row.state,
    pushed: row.pushed,
    attempts: row.attempts,
    ...(row.reason !== null && { reason: row.reason }),
    ...(row.last_error !== null && { lastError: row.last_error }),
    bytes: row.bytes,
  };
}

type OutcomeRow = {
  form: string;
  status: 'running' | 'done' | 'dead' | 'discarded';
  attempts: number;
  generation: number;
  received_ms: number;
  settled_ms: number;
  error: string | null;
  history: string;
  payload: string | null;
  conflicts_with: string | null;
};

type HeldRow = {
  form: string;
  data: string;
  created_ms: number;
  run_ms: number;
  state: BacklogRow['state'];
  generation: number;
  attempts: number;
  reason: string | null;
  last_error: string | null;
  history: string;
};

/** What each place knows. `undefined`: it could not be asked; `null`: asked, and not there. */
interface Found {
  readonly outcome: OutcomeRow | null | undefined;
  readonly row: HeldRow | null | undefined;
  readonly entry: RedisEntry | null | undefined;
}

/** Outcome, then row, then Redis: what is settled needs no further question. */
async function lookUp({ queue, redis }: InspectOptions, run: Run, id: string): Promise<Found> {
  const postgres = await orUndefined(
    run(async (db) => ({ outcome: await readOutcome(db, queue, id), row: await readRow(db, queue, id) })),
  );
  if (postgres?.outcome && postgres.outcome.status !== 'running') return { ...postgres, entry: null };
  const entry = redis === undefined ? null : await orUndefined(redis.peek(id).then((found) => found ?? null));
  return { outcome: postgres?.outcome, row: postgres?.row, entry };
}

async function readOutcome(db: Database, queue: string, id: string): Promise<OutcomeRow | null> {
  const { rows } = await db.execute<OutcomeRow>(sql`
    SELECT form, status, attempts, generation, extract(epoch FROM received_at)::float8 * 1000 AS received_ms,
      extract(epoch FROM settled_at)::float8 * 1000 AS settled_ms, error, history, payload, conflicts_with
    FROM submission_outcomes WHERE queue = ${queue} AND id = ${id}`);
  return rows[0] ?? null;
}

async function readRow(db: Database, queue: string, id: string): Promise<HeldRow | null> {
  const { rows } = await db.execute<HeldRow>(sql`
    SELECT form, data, extract(epoch FROM created_at)::float8 * 1000 AS created_ms,
      extract(epoch FROM run_at)::float8 * 1000 AS run_ms, generation, attempts, reason, last_error, history,
      CASE WHEN lease_until > now() THEN 'processing' WHEN run_at > now() THEN 'scheduled' ELSE 'waiting' END AS state
    FROM fallback_submissions WHERE queue = ${queue} AND id = ${id}`);
  return rows[0] ?? null;
}

const SETTLED_STATES = {
  running: 'processing',
  done: 'processed',
  dead: 'failed',
  discarded: 'discarded',
} as const;

function toStatus({ outcome, row, entry }: Found, id: string, health: Health): SubmissionStatus {
  if (outcome && outcome.status !== 'running') {
    return {
      id,
      state: SETTLED_STATES[outcome.status],
      form: outcome.form,
      heldBy: [],
      keeps: health.postgres.keeps,
      acceptedAt: new Date(outcome.received_ms),
      settledAt: new Date(outcome.settled_ms),
      attempts: outcome.attempts,
    };
  }
  const heldBy: StoreName[] = [...(entry ? ['redis' as const] : []), ...(row ? ['postgres' as const] : [])];
  const form = row?.form ?? entry?.envelope.form ?? outcome?.form;
  const receivedMs = row?.created_ms ?? entry?.envelope.receivedAtMs ?? outcome?.received_ms;
  const runAtMs = row?.state === 'scheduled' ? row.run_ms : entry?.runAtMs;
  const state = stateOf({ outcome, row, entry });
  return {
    id,
    state,
    ...(form !== undefined && { form }),
    heldBy,
    keeps: BEST_FIRST.find((keeps) => heldBy.some((name) => health[name].keeps === keeps)) ?? 'unknown',
    ...(receivedMs !== undefined && { acceptedAt: new Date(receivedMs) }),
    ...(state === 'scheduled' && runAtMs !== undefined && { runAt: new Date(runAtMs) }),
    attempts: Math.max(row?.attempts ?? 0, entry?.attempts ?? 0, outcome?.attempts ?? 0),
  };
}

function stateOf({ outcome, row, entry }: Found): SubmissionState {
  const states = [outcome?.status === 'running' ? 'processing' : undefined, row?.state, entry?.state];
  for (const state of ['processing', 'waiting', 'scheduled'] as const)
    if (states.includes(state)) return state;
  const allAsked = outcome !== undefined && row !== undefined && entry !== undefined;
  return allAsked ? 'missing' : 'received';
}

async function find(options: InspectOptions, run: Run, id: string): Promise<SubmissionDetail | undefined> {
  const found = await lookUp(options, run, id);
  const { outcome, row, entry } = found;
  if (!outcome && !row && !entry) {
    if (outcome === undefined) throw new StoreUnavailableError('postgres');
    return undefined;
  }
  const payload = outcome?.payload ?? row?.data ?? entry?.envelope.payload;
  const reason = row?.reason;
  const error = outcome?.error ?? row?.last_error;
  return {
    ...toStatus(found, id, options.health()),
    generation: outcome?.generation ?? row?.generation ?? entry?.envelope.generation ?? 1,
    ...(payload !== undefined && { payload }),
    history: outcome
      ? parseHistory(outcome.history)
      : row
        ? parseHistory(row.history)
        : (entry?.history ?? []),
    ...(reason && { reason }),
    ...(error && { error }),
    ...(outcome?.conflicts_with && { conflictsWith: outcome.conflicts_with }),
  };
}

/** A view shows what it can: a store that cannot be asked leaves a gap, which its state explains. */
function orUndefined<T>(promise: Promise<T> | undefined): Promise<T | undefined> {
  return promise === undefined ? Promise.resolve(undefined) : promise.catch(() => undefined);
}
