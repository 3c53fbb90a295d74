import { readSubmissions, searchSubmissions } from '@spillway/db';
import type { Db } from '@spillway/db';
import type { ListPage, ListQuery, ListRow, Queue } from '@spillway/queue';

const SEARCH_FOR_MS = 1500;
const DEFAULT_LIMIT = 50;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * A page of a list. What was processed has left the queue, and its data are where its effect put them: text is looked for
 * there, and payloads come from there.
 */
export async function readList(queue: Pick<Queue, 'inspect'>, db: Db, query: ListQuery): Promise<ListPage> {
  const search = query.filter?.search;
  if (query.list !== 'processed') return queue.inspect.list(query);
  if (search !== undefined && !UUID.test(search)) return searchProcessed(db, query, search);
  const page = await queue.inspect.list(query);
  return query.withPayload ? { ...page, rows: await withPayloads(db, page.rows) } : page;
}

/** In the order of their ids, latest first. */
async function searchProcessed(db: Db, query: ListQuery, search: string): Promise<ListPage> {
  const { form, minAgeMs, maxAgeMs, minAttempts, reason } = query.filter ?? {};
  const nothing: ListPage = { list: 'processed', rows: [], matching: 0, capped: false, timedOut: false };
  // None of them has one.
  if (reason !== undefined) return nothing;
  const { rows, next, timedOut } = await searchSubmissions(db, {
    texts: [search, JSON.stringify(search).slice(1, -1)],
    form,
    minAttempts,
    ...(maxAgeMs !== undefined && { receivedAfter: new Date(Date.now() - maxAgeMs) }),
    ...(minAgeMs !== undefined && { receivedBefore: new Date(Date.now() - minAgeMs) }),
    before: UUID.test(query.cursor ?? '') ? query.cursor : undefined,
    limit: query.limit ?? DEFAULT_LIMIT,
    forMs: SEARCH_FOR_MS,
  });
  return {
    list: 'processed',
    rows: rows.map((row): ListRow => {
      const payload = JSON.stringify(row.data);
      return {
        id: row.id,
        form: row.form,
        receivedAt: row.receivedAt,
        settledAt: row.processedAt,
        state: 'processed',
        heldBy: [],
        attempts: row.attempts,
        actions: [],
        bytes: Buffer.byteLength(payload),
        ...(query.withPayload && { payload }),
      };
    }),
    ...(next !== undefined && { nextCursor: next }),
    ...(query.cursor === undefined && next === undefined && !timedOut && { matching: rows.length }),
    capped: false,
    timedOut,
  };
}

async function withPayloads(db: Db, rows: readonly ListRow[]): Promise<ListRow[]> {
  const without = rows.filter((row) => row.payload === undefined).map((row) => row.id);
  const found = new Map(
    (await readSubmissions(db, without)).map((row) => [row.id, JSON.stringify(row.data)]),
  );
  return rows.map((row) => {
    const payload = row.payload ?? found.get(row.id);
    return payload === undefined ? row : { ...row, payload };
  });
}
