'use client';

import type { Action, ListFilter, ListName, Target } from '@spillway/api';
import { useState } from 'react';

/** The selection in a list: some of its rows, or all that match, also those on other pages. */
export interface Selection {
  readonly ids: ReadonlySet<string>;
  readonly isAll: boolean;
  toggle(id: string): void;
  /** These rows, or none of them. */
  setRows(ids: readonly string[], isChosen: boolean): void;
  chooseAll(): void;
  clear(): void;
}

const NONE: ReadonlySet<string> = new Set();

/** `view`: what the list shows, with its filters and its page. Another view has nothing chosen yet. */
export function useSelection(view: string): Selection {
  const [state, setState] = useState({ view, ids: NONE, isAll: false });
  const { ids, isAll } = state.view === view ? state : { ids: NONE, isAll: false };
  const choose = (chosen: ReadonlySet<string>, all = false) => setState({ view, ids: chosen, isAll: all });
  return {
    ids,
    isAll,
    toggle(id) {
      const chosen = new Set(ids);
      if (!chosen.delete(id)) chosen.add(id);
      choose(chosen);
    },
    setRows(rows, isChosen) {
      const chosen = new Set(ids);
      for (const id of rows) {
        if (isChosen) chosen.add(id);
        else chosen.delete(id);
      }
      choose(chosen);
    },
    chooseAll: () => choose(ids, true),
    clear: () => choose(NONE),
  };
}

/** What an action on the selection is about. */
export function targetOfSelection({ ids, isAll }: Selection, list: ListName, filter: ListFilter): Target {
  return isAll ? { list, filter } : { ids: [...ids] };
}

/** How many of the chosen rows each action is possible for. */
export function possible(
  rows: readonly { readonly id: string; readonly actions: readonly Action[] }[],
  ids: ReadonlySet<string>,
  action: Action,
): number {
  return rows.filter((row) => ids.has(row.id) && row.actions.includes(action)).length;
}
