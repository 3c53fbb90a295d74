import { sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import { decodeCursor, encodeCursor } from '../../contract/cursor.ts';
import type { PageCursor } from '../../contract/cursor.ts';
import { isUnfiltered, pageSize, searchedId, searchedTexts, COUNT_CAP } from '../../contract/list-query.ts';
import type { ListedTable, PlacedRow } from './list-tables.ts';
import { runQuery, isQueryTimeout } from './query.ts';
import type { PostgresSource } from './query.ts';
import type { ListCount, ListPage, ListQuery } from '../../contract/views.ts';

/** How long the search for a page may take, ms; what was found until then is the answer. */
const LOOK_FOR_MS = 1_500;
/** How long counting may delay a page, ms. */
const COUNT_FOR_MS = 250;
/** How long a count by itself may take, ms, and how far it goes. */
const COUNT_ALONE_FOR_MS = 5_000;
const COUNT_ALONE_CAP = 1_000_000;
/**
 * Rows are searched in windows, each twice as long as the one before. Windows start small if payloads are read, which may be large.
 */
const FIRST_WINDOW = { rows: 5_000, payloads: 100 };
const MAX_WINDOW = 20_000;

/**
 * A page of a table. A filter that matches few rows is searched in windows along the index, so that the rows found so far are the
 * answer when the time is up, and the next page continues from there.
 */
export async function readTablePage(
  sources: PostgresSource,
  table: ListedTable,
  query: ListQuery,
): Promise<ListPage> {
  const limit = pageSize(query);
  const { rows, next, timedOut } = await findRows(sources, table, query, limit);
  const isAll = query.cursor === undefined && next === undefined && !timedOut;
  const matching = isAll ? rows.length : await countForPage(sources, table, query);
  return {
    list: query.list,
    rows: rows.map((row) => table.toRow(row)),
    ...(next && { nextCursor: encodeCursor(next) }),
    ...(matching !== undefined && { matching }),
    capped: (matching ?? 0) >= COUNT_CAP,
    timedOut,
  };
}

interface FoundRows {
  readonly rows: readonly PlacedRow[];
  readonly next: PageCursor | undefined;
  readonly timedOut: boolean;
}

async function findRows(
  sources: PostgresSource,
  table: ListedTable,
  query: ListQuery,
  limit: number,
): Promise<FoundRows> {
  const id = searchedId(query.filter ?? {});
  const where = allOf(table.filters(query));
  if (id !== undefined) {
    const byId = table.selectById(table.columns(query), where, id);
    const rows = await runQuery(sources, async (db) => (await db.execute<PlacedRow>(byId)).rows);
    return { rows, next: undefined, timedOut: false };
  }
  const rows: PlacedRow[] = [];
  let after = decodeCursor(query.cursor);
  for await (const window of windows(sources, table, query, LOOK_FOR_MS)) {
    if (window === 'late') return { rows, next: after, timedOut: true };
    const wanted = limit + 1 - rows.length;
    const range = allOf([window.where, where]);
    const found = await window.run<PlacedRow>(table.select(table.columns(query), range, wanted));
    if (found === 'late') return { rows, next: after, timedOut: true };
    rows.push(...found);
    const last = rows[limit - 1];
    if (rows.length > limit && last)
      return { rows: rows.slice(0, limit), next: placeOf(last), timedOut: false };
    after = window.end;
  }
  return { rows, next: undefined, timedOut: false };
}

/** A part of a table: where it is, where it ends (`undefined`: with the table), and a query within the time that is left. */
interface Window {
  readonly where: SQL;
  readonly end: PageCursor | undefined;
  run<Row extends Record<string, unknown>>(select: SQL): Promise<Row[] | 'late'>;
}

/** The table from the query's cursor on, until it ends or the time is up. All of it at once where nothing is filtered. */
async function* windows(
  sources: PostgresSource,
  table: ListedTable,
  query: ListQuery,
  forMs: number,
): AsyncGenerator<Window | 'late', void> {
  const overAtMs = performance.now() + forMs;
  const run = async <Row extends Record<string, unknown>>(select: SQL) => {
    const leftMs = Math.floor(overAtMs - performance.now());
    if (leftMs < 1) return 'late' as const;
    return runQuery(sources, async (db) => (await db.execute(select)).rows as Row[], leftMs).catch(
      lateOrThrow,
    );
  };
  let after = decodeCursor(query.cursor);
  let length = firstLength(query);
  for (;;) {
    const where = after ? table.behind(after) : sql`true`;
    const last = length === undefined ? [] : await run<PlacedRow>(lastOf(table, where, length));
    if (last === 'late') return yield last;
    const end = last[0] && placeOf(last[0]);
    yield { where: end ? allOf([where, table.upTo(end)]) : where, end, run };
    if (end === undefined) return;
    after = end;
    length = Math.min(MAX_WINDOW, 2 * (length ?? MAX_WINDOW));
  }
}

function firstLength(query: ListQuery): number | undefined {
  if (isUnfiltered(query)) return undefined;
  return searchedTexts(query.filter ?? {}).length === 0 ? FIRST_WINDOW.rows : FIRST_WINDOW.payloads;
}

/** The last place of the next `length` rows. Read from the index alone. */
function lastOf(table: ListedTable, where: SQL, length: number): SQL {
  return sql`SELECT * FROM (${table.select(table.place, where, length)}) stretch OFFSET ${length - 1}`;
}

/** Counted up to the cap, and not where that would take long. */
async function countForPage(
  sources: PostgresSource,
  table: ListedTable,
  query: ListQuery,
): Promise<number | undefined> {
  const { count, isSure } = await countMatching(sources, table, query, COUNT_FOR_MS, COUNT_CAP);
  return isSure ? count : undefined;
}

/** How many match, as far as there is time. */
export async function countTable(
  sources: PostgresSource,
  table: ListedTable,
  query: ListQuery,
): Promise<ListCount> {
  const { count, isSure } = await countMatching(sources, table, query, COUNT_ALONE_FOR_MS, COUNT_ALONE_CAP);
  return { count, capped: !isSure || count >= COUNT_ALONE_CAP };
}

/** `isSure`: the search reached neither its time limit nor its cap; at the cap, there are at least this many. */
async function countMatching(
  sources: PostgresSource,
  table: ListedTable,
  query: ListQuery,
  forMs: number,
  cap: number,
): Promise<{ readonly count: number; readonly isSure: boolean }> {
  const { cursor: _, ...all } = query;
  const filters = allOf(table.filters(all));
  let count = 0;
  for await (const window of windows(sources, table, all, forMs)) {
    if (window === 'late') return { count, isSure: false };
    const matching = table.select(sql`1`, allOf([window.where, filters]), cap - count);
    const found = await window.run<{ n: number }>(sql`SELECT count(*)::int AS n FROM (${matching}) matching`);
    if (found === 'late') return { count, isSure: false };
    count += found[0]?.n ?? 0;
    if (count >= cap) break;
  }
  return { count, isSure: true };
}

function allOf(conditions: readonly SQL[]): SQL {
  return conditions.length === 0 ? sql`true` : sql.join([...conditions], sql` AND `);
}

function placeOf({ at_ms, id }: PlacedRow): PageCursor {
  return { atMs: Math.round(at_ms), id };
}

function lateOrThrow(error: unknown): 'late' {
  if (isQueryTimeout(error)) return 'late';
  throw error;
}
