import { setImmediate } from 'node:timers/promises';
import type { Db } from '@spillway/db';
import type { ListQuery, ListRow, Queue } from '@spillway/queue';
import { stringify } from 'csv-stringify/sync';
import { recordAction } from '../operator/audit.ts';
import { defuseFormulas } from './formulas.ts';
import { readList } from './list.ts';
import { readExportQuery } from '../router/inputs.ts';
import { admit, requireConfirmed } from '../access/session.ts';
import type { RememberedSession, Session } from '../access/session.ts';

/** Rows that are in memory at a time: payloads may be large. */
const PAGE = 100;
/** Characters of payloads that are made into a file's text at a time. To make the text of a whole page would hold up the process for seconds. */
const PART_CHARS = 64 * 1024;

export type ExportFormat = 'csv' | 'ndjson';

const COLUMNS = [
  'id',
  'form',
  'state',
  'receivedAt',
  'settledAt',
  'runAt',
  'attempts',
  'reason',
  'lastError',
  'conflictsWith',
  'payload',
] as const satisfies readonly (keyof ListRow)[];

const TYPES = { csv: 'text/csv; charset=utf-8', ndjson: 'application/x-ndjson' } as const;

/** An export for whoever may see what it holds, recorded. `wanted`: as in the address of one. Rejects with `ApiError`. */
export async function startExport(
  queue: Queue,
  db: Db,
  session: Session | RememberedSession | null,
  wanted: URLSearchParams,
): Promise<Response> {
  const { me } = admit(requireConfirmed(session), 'viewer');
  const { format, query } = readExportQuery(wanted);
  await recordAction({ db, queue: queue.name, by: me.email }, 'export', `${query.list} as ${format}`, query);
  return exportResponse(queue, db, query, format);
}

/** A list as a file, of whatever size: the next page is read when the last one has been taken, and none after the client left. */
export function exportResponse(
  queue: Pick<Queue, 'inspect'>,
  db: Db,
  query: ListQuery,
  format: ExportFormat,
): Response {
  const parts = exportParts(queue, db, query, format);
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { value, done } = await parts.next();
        if (done) controller.close();
        else controller.enqueue(encoder.encode(value));
      },
      async cancel() {
        await parts.return(undefined);
      },
    },
    // One page waits to be taken, and no more.
    { highWaterMark: 1 },
  );
  const name = `spillway-${query.list}-${new Date().toISOString().slice(0, 10)}.${format}`;
  return new Response(body, {
    headers: {
      'content-type': TYPES[format],
      'content-disposition': `attachment; filename="${name}"`,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    },
  });
}

/** Ends with an error where a store goes away: a file that breaks off is not taken for a whole one. */
async function* exportParts(
  queue: Pick<Queue, 'inspect'>,
  db: Db,
  query: ListQuery,
  format: ExportFormat,
): AsyncGenerator<string, void, void> {
  if (format === 'csv') yield csv([COLUMNS]);
  let cursor: string | undefined;
  do {
    const page = await readList(queue, db, {
      ...query,
      limit: PAGE,
      withPayload: true,
      ...(cursor !== undefined && { cursor }),
    });
    for (const rows of partsOf(page.rows)) {
      yield format === 'csv' ? csv(rows.map(toCells)) : ndjson(rows);
      await setImmediate();
    }
    if (page.timedOut && page.nextCursor === cursor)
      throw new Error('Looking for what matches took too long.');
    cursor = page.nextCursor;
  } while (cursor !== undefined);
}

/** Rows in groups of about `PART_CHARS`, and at least one. */
function* partsOf(rows: readonly ListRow[]): Generator<readonly ListRow[]> {
  let part: ListRow[] = [];
  let chars = 0;
  for (const row of rows) {
    part.push(row);
    chars += row.payload?.length ?? 0;
    if (chars < PART_CHARS) continue;
    yield part;
    part = [];
    chars = 0;
  }
  if (part.length > 0) yield part;
}

/** CSV in which no cell is a formula: a spreadsheet must not run text that a sender wrote. */
function csv(rows: readonly (readonly string[])[]): string {
  return stringify(
    rows.map((row) => row.map(defuseFormulas)),
    { record_delimiter: 'windows' },
  );
}

function toCells(row: ListRow): string[] {
  return COLUMNS.map((column) => {
    const value = row[column];
    if (value instanceof Date) return value.toISOString();
    return value === undefined ? '' : String(value);
  });
}

/** The payload as it was sent, as a JSON value and not as text within text. */
function ndjson(rows: readonly ListRow[]): string {
  const lines = rows.map((row) => {
    // What is not there is left out.
    const fields = COLUMNS.filter((column) => column !== 'payload').map((column) => [column, row[column]]);
    const head = JSON.stringify(Object.fromEntries(fields)).slice(0, -1);
    return `${head},"data":${row.payload ?? 'null'}}\n`;
  });
  return lines.join('');
}
