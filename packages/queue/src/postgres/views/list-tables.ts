import { sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import type { QueueTables } from '../statement/tables.ts';
import type { PageCursor } from '../../contract/cursor.ts';
import { actionsOf, searchedId, searchedTexts } from '../../contract/list-query.ts';
import { SETTLED_STATES } from '../../contract/views.ts';
import type { ListQuery, ListRow, SettledStatus } from '../../contract/views.ts';

/* The two tables as lists: each in the order of one index, whose keys are a moment and the id. */

/** A row with its place in the order. */
export interface PlacedRow extends Record<string, unknown> {
  readonly at_ms: number;
  readonly id: string;
}

export interface ListedTable {
  /** SELECT of `what`, in order. */
  select(what: SQL, where: SQL, limit: number): SQL;
  /** The row itself, whatever its place. */
  selectById(what: SQL, where: SQL, id: string): SQL;
  readonly place: SQL;
  columns(query: ListQuery): SQL;
  filters(query: ListQuery): SQL[];
  /** Behind a place; up to and with a place. */
  behind(place: PageCursor): SQL;
  upTo(place: PageCursor): SQL;
  toRow(row: PlacedRow): ListRow;
}

type HeldRow = PlacedRow & {
  form: string;
  received_ms: number;
  state: 'waiting' | 'scheduled' | 'processing';
  pushed: boolean;
  attempts: number;
  reason: string | null;
  last_error: string | null;
  bytes: number;
  payload: string | null;
};

/** Submissions that wait in Postgres, by due time. */
export function heldTable(queue: QueueTables): ListedTable {
  return {
    select: (what, where, limit) => sql`
      SELECT ${what} FROM ${queue.fallback} WHERE queue = ${queue.name} AND ${where} ORDER BY run_at, id LIMIT ${limit}`,
    selectById: (what, where, id) => sql`
      SELECT ${what} FROM (SELECT * FROM ${queue.fallback} WHERE queue = ${queue.name} AND id = ${id} OFFSET 0) one WHERE ${where}`,
    place: sql`extract(epoch FROM run_at)::float8 * 1000 AS at_ms, id`,
    columns: ({ withPayload = false }) => sql`
      extract(epoch FROM run_at)::float8 * 1000 AS at_ms, id, form, extract(epoch FROM created_at)::float8 * 1000 AS received_ms,
      pushed_epoch IS NOT NULL AS pushed, attempts, reason, last_error, octet_length(data) AS bytes,
      ${withPayload ? sql`data` : sql`NULL`} AS payload,
      CASE WHEN lease_until > now() THEN 'processing' WHEN run_at > now() THEN 'scheduled' ELSE 'waiting' END AS state`,
    filters: (query) => [
      ...sharedFilters(query, { receivedAt: sql`created_at`, payload: sql`data` }),
      ...(query.filter?.reason === undefined ? [] : [sql`reason = ${query.filter.reason}`]),
      ...(query.action === 'retry' ? [sql`false`] : []),
      ...(query.action === undefined ? [] : [sql`lease_until <= now()`]),
      ...(query.action === 'requeue' ? [sql`run_at > now()`] : []),
    ],
    behind: (place) => sql`(run_at, id) > ${asKey(place)}`,
    upTo: (place) => sql`(run_at, id) <= ${asKey(place)}`,
    toRow: (row) => toHeldRow(row as HeldRow),
  };
}

function toHeldRow(row: HeldRow): ListRow {
  const { id, form, state, pushed, attempts, reason, bytes, payload } = row;
  return {
    id,
    form,
    receivedAt: new Date(row.received_ms),
    state,
    heldBy: pushed ? ['redis', 'postgres'] : ['postgres'],
    attempts,
    ...(reason !== null && { reason }),
    ...(row.last_error !== null && { lastError: row.last_error }),
    ...(state === 'scheduled' && { runAt: new Date(row.at_ms) }),
    bytes,
    actions: actionsOf(state),
    ...(payload !== null && { payload }),
  };
}

type SettledRow = PlacedRow & {
  form: string;
  status: SettledStatus;
  received_ms: number;
  attempts: number;
  error: string | null;
  conflicts_with: string | null;
  bytes: number | null;
  payload: string | null;
};

/** Submissions with one of these outcomes, latest first. */
export function settledTable(
  queue: QueueTables,
  statuses: readonly [SettledStatus, ...SettledStatus[]],
): ListedTable {
  const oneStatus = (status: string, where: SQL, limit: number) => sql`
    (SELECT * FROM ${queue.outcomes} WHERE queue = ${queue.name} AND status = ${status} AND ${where}
      ORDER BY settled_at DESC, id DESC LIMIT ${limit})`;
  return {
    // The index begins with the status: each status is read in order, and the results are merged.
    select: (what, where, limit) => sql`
      SELECT ${what} FROM (${sql.join(
        statuses.map((status) => oneStatus(status, where, limit)),
        sql` UNION ALL `,
      )}) settled ORDER BY settled_at DESC, id DESC LIMIT ${limit}`,
    selectById: (what, where, id) => sql`
      SELECT ${what} FROM (SELECT * FROM ${queue.outcomes} WHERE queue = ${queue.name} AND id = ${id} OFFSET 0) one
      WHERE status = ANY(${sql.param(statuses)}) AND ${where}`,
    place: sql`extract(epoch FROM settled_at)::float8 * 1000 AS at_ms, id`,
    columns: ({ withPayload = false }) => sql`
      extract(epoch FROM settled_at)::float8 * 1000 AS at_ms, id, form, status,
      extract(epoch FROM received_at)::float8 * 1000 AS received_ms, attempts, error, conflicts_with,
      octet_length(payload) AS bytes, ${withPayload ? sql`payload` : sql`NULL`} AS payload`,
    filters: (query) => [
      ...sharedFilters(query, { receivedAt: sql`received_at`, payload: sql`payload` }),
      ...(query.filter?.reason === undefined ? [] : [sql`error ILIKE ${containing(query.filter.reason)}`]),
      ...(query.action === undefined ? [] : [sql`status = 'dead' AND payload IS NOT NULL`]),
      ...(query.action === 'requeue' ? [sql`false`] : []),
    ],
    behind: (place) => sql`(settled_at, id) < ${asKey(place)}`,
    upTo: (place) => sql`(settled_at, id) >= ${asKey(place)}`,
    toRow: (row) => toSettledRow(row as SettledRow),
  };
}

function toSettledRow(row: SettledRow): ListRow {
  const { id, form, status, attempts, error, bytes, payload } = row;
  const state = SETTLED_STATES[status];
  return {
    id,
    form,
    receivedAt: new Date(row.received_ms),
    state,
    heldBy: [],
    attempts,
    ...(error !== null && { lastError: error }),
    settledAt: new Date(row.at_ms),
    ...(bytes !== null && { bytes }),
    ...(row.conflicts_with !== null && { conflictsWith: row.conflicts_with }),
    actions: actionsOf(state),
    ...(payload !== null && { payload }),
  };
}

function sharedFilters(
  { filter = {}, receivedBefore }: ListQuery,
  column: { readonly receivedAt: SQL; readonly payload: SQL },
): SQL[] {
  const { form, minAgeMs, maxAgeMs, minAttempts } = filter;
  const texts = searchedTexts(filter);
  const id = searchedId(filter);
  const { receivedAt, payload } = column;
  return [
    ...(form === undefined ? [] : [sql`form = ${form}`]),
    ...(minAgeMs === undefined ? [] : [sql`${receivedAt} <= now() - ${minAgeMs} * interval '1 ms'`]),
    ...(maxAgeMs === undefined ? [] : [sql`${receivedAt} >= now() - ${maxAgeMs} * interval '1 ms'`]),
    ...(receivedBefore === undefined
      ? []
      : [sql`${receivedAt} <= ${receivedBefore.toISOString()}::timestamptz`]),
    ...(minAttempts === undefined ? [] : [sql`attempts >= ${minAttempts}`]),
    ...(id === undefined ? [] : [sql`id = ${id}`]),
    ...(texts.length === 0 ? [] : [sql`${payload} ILIKE ANY(${sql.param(texts.map(containing))}::text[])`]),
  ];
}

function containing(text: string): string {
  return `%${text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
}

function asKey({ atMs, id }: PageCursor): SQL {
  return sql`((timestamptz 'epoch' + ${atMs} * interval '1 ms'), ${id}::uuid)`;
}
