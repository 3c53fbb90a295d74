import type { ListName } from '@spillway/api';
import type { ReactNode } from 'react';
import { reasonOf } from '#lib/states.ts';
import { bytes, count, duration } from '#lib/words.ts';
import type { ShownRow } from './held.ts';
import { StateBadge } from './state-badge.tsx';

export interface Column {
  readonly id: string;
  readonly header: string;
  readonly className?: string;
  /** `now`: by the server's clock. */
  readonly cell: (row: ShownRow, now: number) => ReactNode;
}

const NUMBER = 'text-right tabular-nums';
const FROM_MEDIUM = 'hidden md:table-cell';
const FROM_LARGE = 'hidden lg:table-cell';

const form: Column = { id: 'form', header: 'Form', className: FROM_MEDIUM, cell: (row) => row.form };

const attempts: Column = {
  id: 'attempts',
  header: 'Attempts',
  className: `${FROM_MEDIUM} ${NUMBER}`,
  cell: (row) => count(row.attempts),
};

const size: Column = {
  id: 'bytes',
  header: 'Size',
  className: `${FROM_LARGE} ${NUMBER} whitespace-nowrap`,
  cell: (row) => (row.bytes === undefined ? null : bytes(row.bytes)),
};

const state: Column = {
  id: 'state',
  header: 'State',
  className: 'hidden sm:table-cell',
  cell: (row, now) => <StateBadge row={row} now={now} />,
};

/** Takes only the remaining width. */
const why = (header: string): Column => ({
  id: 'why',
  header,
  className: `${FROM_MEDIUM} w-full max-w-0 truncate`,
  cell: (row) => <span title={whyOf(row)}>{whyOf(row)}</span>,
});

const since = (header: string, at: (row: ShownRow) => string | undefined, suffix = ''): Column => ({
  id: 'since',
  header,
  className: 'whitespace-nowrap tabular-nums max-md:text-right',
  cell(row, now) {
    const moment = at(row);
    return moment === undefined ? null : (
      <time dateTime={moment} title={moment}>
        {duration(now - Date.parse(moment))}
        {suffix}
      </time>
    );
  },
});

const took: Column = {
  id: 'took',
  header: 'Took',
  className: `w-full whitespace-nowrap tabular-nums ${FROM_MEDIUM}`,
  cell: ({ receivedAt, settledAt }) =>
    settledAt === undefined ? null : duration(Date.parse(settledAt) - Date.parse(receivedAt)),
};

const waiting = since('Waiting for', (row) => row.receivedAt);
const settledAt = (row: ShownRow) => row.settledAt ?? row.receivedAt;

/** The columns of each list, in addition to the reference. */
export const COLUMNS: Record<ListName, readonly Column[]> = {
  postgres: [form, waiting, state, attempts, why('Why it is here'), size],
  redis: [form, waiting, state, attempts, why('Last error'), size],
  dead: [form, since('Dead for', settledAt), attempts, why('Last error'), size],
  processed: [form, since('Settled', settledAt, ' ago'), state, attempts, took],
};

/** What went wrong last, else why it is where it is. */
export function whyOf({ lastError, reason, conflictsWith }: ShownRow): string {
  if (conflictsWith !== undefined) return `Its id was used before for other content. ${lastError ?? ''}`;
  return lastError ?? reasonOf(reason);
}
