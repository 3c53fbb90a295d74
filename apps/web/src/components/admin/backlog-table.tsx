'use client';

import { createColumnHelper, tableFeatures, useTable } from '@tanstack/react-table';
import { createContext, use, useMemo } from 'react';
import { Badge } from '#components/ui/badge.tsx';
import type { Tone } from '#components/ui/badge.tsx';
import { cn } from '#lib/cn.ts';
import { reasonOf } from '#lib/states.ts';
import { bytes, count, duration, shortId } from '#lib/words.ts';
import type { ShownRow } from './held.ts';

interface BacklogTableProps {
  readonly rows: readonly ShownRow[];
  /** By the server's clock. */
  readonly now: number;
  readonly onOpen: (id: string) => void;
}

const features = tableFeatures({});
const column = createColumnHelper<typeof features, ShownRow>();

/** What the cells need beside their row. Not in the columns: those stay the same, whatever the time. */
const Around = createContext({ now: 0, onOpen: (_id: string) => {} });

const columns = column.columns([
  column.accessor('id', { header: 'Reference', cell: ({ getValue }) => <OpenButton id={getValue()} /> }),
  column.accessor('form', { header: 'Form' }),
  column.accessor('receivedAt', { header: 'Waiting', cell: ({ getValue }) => <Age at={getValue()} /> }),
  column.accessor('state', { header: 'State', cell: ({ row }) => <State row={row.original} /> }),
  column.accessor('attempts', { header: 'Attempts', cell: ({ getValue }) => count(getValue()) }),
  column.accessor((row) => row.lastError ?? reasonOf(row.reason), { id: 'why', header: 'Why it is here' }),
  column.accessor('bytes', { header: 'Size', cell: ({ getValue }) => bytes(getValue() ?? 0) }),
]);

/** Columns that a narrow screen leaves out; the row's own view has all of it. */
const WIDE_ONLY = new Set(['attempts', 'why', 'bytes']);
const NUMBERS = new Set(['attempts', 'bytes']);

/** Rows of the backlog. A press anywhere in a row opens it; the reference is the button that the keyboard finds. */
export function BacklogTable({ rows, now, onOpen }: BacklogTableProps) {
  const around = useMemo(() => ({ now, onOpen }), [now, onOpen]);
  const data = useMemo(() => [...rows], [rows]);
  const table = useTable({ features, columns, data, getRowId: (row) => row.id });

  return (
    <Around value={around}>
      <div className="overflow-x-auto">
        <table className="w-full text-sm">
          <thead>
            {table.getHeaderGroups().map((group) => (
              <tr key={group.id} className="border-y border-line bg-sunken text-left text-ink-soft">
                {group.headers.map((header) => (
                  <th
                    key={header.id}
                    scope="col"
                    className={cn('px-3 py-2 font-medium first:pl-5 last:pr-5', classOf(header.column.id))}
                  >
                    <table.FlexRender header={header} />
                  </th>
                ))}
              </tr>
            ))}
          </thead>
          <tbody>
            {table.getRowModel().rows.map((row) => (
              <tr
                key={row.id}
                onClick={() => onOpen(row.id)}
                className={cn(
                  'cursor-pointer border-b border-line/70 transition-colors last:border-b-0 hover:bg-accent-soft',
                  row.original.isGone && 'text-ink-faint',
                )}
              >
                {row.getAllCells().map((cell) => (
                  <td
                    key={cell.id}
                    className={cn('px-3 py-2.5 first:pl-5 last:pr-5', classOf(cell.column.id))}
                  >
                    <table.FlexRender cell={cell} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Around>
  );
}

function classOf(id: string): string {
  return cn(
    WIDE_ONLY.has(id) && 'hidden md:table-cell',
    NUMBERS.has(id) && 'text-right tabular-nums',
    id === 'state' && 'hidden sm:table-cell',
    id === 'why' && 'max-w-72 truncate',
  );
}

function OpenButton({ id }: { id: string }) {
  const { onOpen } = use(Around);
  return (
    <button
      type="button"
      onClick={(event) => {
        event.stopPropagation();
        onOpen(id);
      }}
      className="cursor-pointer font-mono whitespace-nowrap text-accent-strong hover:underline"
      title={id}
    >
      {shortId(id)}
    </button>
  );
}

function Age({ at }: { at: string }) {
  return <span className="whitespace-nowrap tabular-nums">{duration(use(Around).now - Date.parse(at))}</span>;
}

const STATES: Partial<Record<ShownRow['state'], { label: string; tone: Tone }>> = {
  waiting: { label: 'Waiting', tone: 'neutral' },
  scheduled: { label: 'Later', tone: 'neutral' },
  processing: { label: 'In work', tone: 'accent' },
};

function State({ row }: { row: ShownRow }) {
  if (row.isGone) return <Badge tone="good">Left</Badge>;
  const { label, tone } = STATES[row.state] ?? { label: row.state, tone: 'neutral' };
  return (
    <Badge tone={tone}>
      {row.heldBy.includes('redis') && row.state === 'waiting' ? 'Waiting, in Redis' : label}
    </Badge>
  );
}
