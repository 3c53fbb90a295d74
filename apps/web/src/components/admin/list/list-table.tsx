'use client';

import type { ListName } from '@spillway/api';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import type { MouseEvent } from 'react';
import { Checkbox } from '#components/ui/checkbox.tsx';
import { cn } from '#lib/cn.ts';
import { countOf, shortId } from '#lib/words.ts';
import { COLUMNS, whyOf } from './columns.tsx';
import type { ShownRow } from './held.ts';
import { LISTS } from './lists.ts';
import type { Selection } from './selection.ts';
import { StateBadge } from './state-badge.tsx';

interface ListTableProps {
  readonly list: ListName;
  readonly rows: readonly ShownRow[];
  /** By the server's clock. */
  readonly now: number;
  /** Missing: these rows have no actions, or the user's role does not allow them. */
  readonly selection: Selection | undefined;
}

const CELL = 'px-3 py-2.5 first:pl-5 last:pr-5';

/** The rows. A press anywhere in one opens it; its reference is the link that the keyboard finds. */
export function ListTable({ list, rows, now, selection }: ListTableProps) {
  const columns = COLUMNS[list];
  return (
    <table className="w-full text-sm">
      <caption className="sr-only">{LISTS[list].title}</caption>
      <thead>
        <tr className="border-y border-line bg-sunken text-left text-ink-soft">
          {selection ? (
            <th scope="col" className={cn(CELL, 'w-9 py-0')}>
              <ChooseRows rows={rows} selection={selection} />
            </th>
          ) : null}
          <th scope="col" className={cn(CELL, 'py-2 font-medium max-md:w-full')}>
            Reference
          </th>
          {columns.map(({ id, header, className }) => (
            <th key={id} scope="col" className={cn(CELL, 'py-2 font-medium whitespace-nowrap', className)}>
              {header}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Row key={row.id} list={list} row={row} now={now} selection={selection} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ list, row, now, selection }: Omit<ListTableProps, 'rows'> & { readonly row: ShownRow }) {
  const router = useRouter();
  const isChosen = selection !== undefined && (selection.isAll || selection.ids.has(row.id));

  function open(event: MouseEvent) {
    const isOnControl = event.target instanceof Element && event.target.closest('a, label, input');
    const isSelecting = window.getSelection()?.toString();
    if (!isOnControl && !isSelecting) router.push(pathOf(row.id));
  }

  return (
    <tr
      onClick={open}
      data-chosen={isChosen}
      className={cn(
        'cursor-pointer border-b border-line/70 transition-colors last:border-b-0 hover:bg-accent-soft/60',
        'data-[chosen=true]:bg-accent-soft',
        row.isGone && 'text-ink-faint',
      )}
    >
      {selection ? (
        <td className={cn(CELL, 'py-0 align-top')}>
          <Checkbox
            label={`Choose ${shortId(row.id)}`}
            isLabelHidden
            checked={isChosen}
            disabled={row.isGone}
            onChange={() => (selection.isAll ? selection.clear() : selection.toggle(row.id))}
          />
        </td>
      ) : null}
      <td className={cn(CELL, 'align-top max-md:max-w-0')}>
        <Link
          href={pathOf(row.id)}
          prefetch={false}
          data-row-link
          title={row.id}
          className="scroll-mt-28 rounded font-mono whitespace-nowrap text-accent-strong hover:underline"
        >
          {shortId(row.id)}
        </Link>
        <Small row={row} now={now} />
      </td>
      {COLUMNS[list].map(({ id, className, cell }) => (
        <td key={id} className={cn(CELL, 'align-top', className)}>
          {cell(row, now)}
        </td>
      ))}
    </tr>
  );
}

/** On a narrow screen, below the reference: what the columns say that are left out there. */
function Small({ row, now }: { readonly row: ShownRow; readonly now: number }) {
  const why = whyOf(row);
  return (
    <div className="mt-1 grid gap-1 text-ink-soft md:hidden">
      <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <span className="sm:hidden">
          <StateBadge row={row} now={now} />
        </span>
        <span>{row.form}</span>
        {row.attempts > 0 ? <span className="tabular-nums">{countOf(row.attempts, 'attempt')}</span> : null}
      </p>
      {why === '' ? null : <p className="truncate">{why}</p>}
    </div>
  );
}

function ChooseRows({
  rows,
  selection,
}: {
  readonly rows: readonly ShownRow[];
  readonly selection: Selection;
}) {
  const ids = rows.filter((row) => !row.isGone).map((row) => row.id);
  const chosen = selection.isAll ? ids.length : ids.filter((id) => selection.ids.has(id)).length;
  const hasAll = ids.length > 0 && chosen === ids.length;
  return (
    <Checkbox
      label="Choose all rows of this page"
      isLabelHidden
      checked={hasAll}
      isMixed={chosen > 0 && !hasAll}
      onChange={() => (selection.isAll ? selection.clear() : selection.setRows(ids, !hasAll))}
    />
  );
}

function pathOf(id: string): string {
  return `/admin/submissions/${id}`;
}
