'use client';

import type { ListName, ListPage, ListQuery } from '@spillway/api';
import { useState } from 'react';
import { useLiveRows } from '#components/admin/live.tsx';
import type { Live } from '#components/admin/live.tsx';
import type { UsedFilter } from './filter.ts';

const PAGE_SIZE = 50;

export interface LivePage {
  /** Names the query: the list, its filters and its page. */
  readonly view: string;
  /** The last good answer. Until the first one to this view, that to the view before, if there was one. */
  readonly page: ListPage | undefined;
  /** What `page` is about. */
  readonly pageView: string | undefined;
  /** Whether these rows answer the current query. */
  readonly isAnswered: boolean;
  /** The store does not answer now; `page`, if there is one, is how it was before. */
  readonly isAway: boolean;
  readonly live: Live;
}

/** A page of a list, kept up to date by the server. */
export function usePage(list: ListName, { filter, values }: UsedFilter): LivePage {
  const query: ListQuery = {
    list,
    filter,
    limit: PAGE_SIZE,
    ...(values.page !== null && { cursor: values.page.slice(0, 200) }),
  };
  const view = JSON.stringify(query);
  const live = useLiveRows(query);
  const [last, setLast] = useState<{ readonly view: string; readonly page: ListPage }>();
  const isHeard = live.askedFor === view;
  const current = isHeard ? live.data?.page : undefined;
  if (current && current !== last?.page) setLast({ view, page: current });
  const pageView = current ? view : last?.view;
  return {
    view,
    page: current ?? last?.page,
    pageView,
    isAnswered: pageView === view,
    isAway: isHeard && current === undefined,
    live,
  };
}
