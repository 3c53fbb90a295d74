import { sql } from 'drizzle-orm';
import type { QueueTables } from '../statement/tables.ts';
import type { Settled } from '../../contract/store.ts';
import type { Runner } from '../../contract/transaction.ts';
import { RowsStatement } from '../statement/rows-statement.ts';
import type { GivenRows, Column } from '../statement/rows-statement.ts';
import { IS_BEGUN, TransactionEndedError } from './guard.ts';

type SettledColumn = 'id' | 'generation' | 'digest';
const SETTLED_COLUMNS = { id: 'uuid', generation: 'int4', digest: 'text' } as const;

/** Of this generation or older, and with this content. */
const isSettled = (to: { readonly queue: unknown }, rows: GivenRows) => sql`
  f.queue = ${to.queue} AND f.id = ANY(${rows.array('id')}) AND f.id = i.id AND f.generation <= i.generation
    AND f.digest = i.digest`;

const DELETE = new RowsStatement<{ queue: QueueTables }, SettledColumn, never>(
  'delete',
  ['queue'],
  SETTLED_COLUMNS,
  (to, rows) => sql`DELETE FROM ${to.fallback} f USING ${rows.from} WHERE ${isSettled(to, rows)}`,
);

const CLEAR = new RowsStatement<{ queue: QueueTables }, SettledColumn, { begun: boolean }>(
  'clear',
  ['queue'],
  SETTLED_COLUMNS,
  (to, rows) => sql`
    WITH gone AS (DELETE FROM ${to.fallback} f USING ${rows.from} WHERE ${isSettled(to, rows)} AND ${IS_BEGUN})
    SELECT ${IS_BEGUN} AS begun`,
);

/** Deletes rows whose outcomes are committed. */
export async function deleteRows(on: Runner, queue: QueueTables, items: readonly Settled[]): Promise<void> {
  await DELETE.run(on, { queue }, settledColumns(items));
}

/** Deletes the rows of what the transaction settles, and only in it. Rejects with `TransactionEndedError` outside. */
export async function clearRows(on: Runner, queue: QueueTables, items: readonly Settled[]): Promise<void> {
  const [answer] = await CLEAR.run(on, { queue }, settledColumns(items), true);
  if (!answer?.begun) throw new TransactionEndedError();
}

function settledColumns(items: readonly Settled[]): Readonly<Record<SettledColumn, Column>> {
  return {
    id: items.map((item) => item.id),
    generation: items.map((item) => item.generation),
    digest: items.map((item) => item.digest),
  };
}
