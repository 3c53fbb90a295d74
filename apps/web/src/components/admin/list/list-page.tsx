'use client';

import type { ListName } from '@spillway/api';
import { useState } from 'react';
import { AdminHead } from '#components/admin/admin-head.tsx';
import { useServerNow } from '#components/admin/live.tsx';
import { useMay } from '#components/admin/me.tsx';
import { RecoverButton } from '#components/admin/recover-button.tsx';
import { Card } from '#components/ui/card.tsx';
import { cn } from '#lib/cn.ts';
import { count } from '#lib/words.ts';
import { BulkBar } from './bulk-bar.tsx';
import { ExportLinks } from './export-links.tsx';
import { useListFilter } from './filter.ts';
import { useHeld } from './held.ts';
import { ListFilters } from './list-filters.tsx';
import { ListTable } from './list-table.tsx';
import { LISTS } from './lists.ts';
import { Away, Empty, Loading, TimedOut } from './notices.tsx';
import { Pages } from './pages.tsx';
import { useSelection } from './selection.ts';
import { usePage } from './use-page.ts';
import type { LivePage } from './use-page.ts';

/** One of the four lists: filters, a live page of rows, and the actions on them. */
export function ListPage({ list }: { readonly list: ListName }) {
  const { title, actions } = LISTS[list];
  const used = useListFilter();
  const shown = usePage(list, used);
  const now = useServerNow();
  const isOperator = useMay('operator');
  const mayAct = isOperator && actions.length > 0;
  const selection = useSelection(shown.view);
  const hold = useHold();
  const isChoosing = selection.isAll || selection.ids.size > 0;
  const { rows, news } = useHeld(shown.pageView, shown.page?.rows, hold.isHeld || isChoosing);
  const { page, live } = shown;
  const overview = live.data?.overview;

  return (
    <>
      <AdminHead title={title} />
      <ListFilters list={list} used={used} />
      <Card aria-label={title} aria-busy={!shown.isAnswered} className="mt-5">
        {page && isChoosing ? (
          <BulkBar list={list} filter={used.filter} rows={rows} page={page} selection={selection} />
        ) : (
          <div className="flex min-h-14 flex-wrap items-center justify-between gap-x-6 gap-y-2 px-5 py-2.5">
            <Count list={list} shown={shown} />
            <div className="flex flex-wrap items-center gap-2">
              {list === 'postgres' && mayAct ? <RecoverButton /> : null}
              <ExportLinks list={list} filter={used.filter} />
            </div>
          </div>
        )}
        {shown.isAway && overview ? <Away list={list} overview={overview} hasRows={rows.length > 0} /> : null}
        {page?.timedOut && shown.isAnswered ? (
          <TimedOut found={rows.length} nextCursor={page.nextCursor} onGoOn={used.goTo} />
        ) : null}
        <div {...hold.handlers} className={cn('transition-opacity', !shown.isAnswered && 'opacity-50')}>
          {rows.length > 0 ? (
            <ListTable list={list} rows={rows} now={now} selection={mayAct ? selection : undefined} />
          ) : null}
        </div>
        {page && rows.length === 0 && shown.isAnswered && !page.timedOut && !shown.isAway ? (
          <Empty list={list} used={used} />
        ) : null}
        {page || shown.isAway ? null : <Loading />}
        {isOperator || actions.length === 0 || rows.length === 0 ? null : <LookOnly />}
        <Pages
          news={news}
          nextCursor={page && shown.isAnswered && !page.timedOut ? page.nextCursor : undefined}
          used={used}
        />
      </Card>
    </>
  );
}

/** Explains to viewers why the list has no buttons for actions. */
function LookOnly() {
  return (
    <p className="border-t border-line px-5 py-3 text-sm text-ink-soft">
      Retrying, requeuing and discarding require the role operator.
    </p>
  );
}

/** Whether the pointer or the keyboard focus is on the rows. */
function useHold() {
  const [isPointed, setPointed] = useState(false);
  const [isFocused, setFocused] = useState(false);
  return {
    isHeld: isPointed || isFocused,
    handlers: {
      onPointerEnter: () => setPointed(true),
      onPointerLeave: () => setPointed(false),
      onFocus: () => setFocused(true),
      onBlur: () => setFocused(false),
    },
  };
}

/** The count and the order of the rows, or the reason why the count is unknown. */
function Count({ list, shown }: { readonly list: ListName; readonly shown: LivePage }) {
  const { page, isAnswered, live } = shown;
  if (!page || !isAnswered) return <p className="text-sm text-ink-soft">{shown.isAway ? '' : 'Looking…'}</p>;
  const { matching, capped, rows } = page;
  const words =
    matching === undefined
      ? `${count(rows.length)} shown; counting all of them takes too long`
      : `${count(matching)}${capped ? '+' : ''} ${matching === 1 && !capped ? 'submission' : 'submissions'}`;
  return (
    <p className="text-sm text-ink-soft tabular-nums">
      <span className="font-medium text-ink">{words}</span>
      {`, ${LISTS[list].order}`}
      {live.state === 'stale' || shown.isAway ? <StaleNote /> : null}
    </p>
  );
}

function StaleNote() {
  return (
    <span className="ml-2 rounded-full bg-warn-soft px-2 py-0.5 text-xs font-medium text-warn">Stale</span>
  );
}
