'use client';

import type { ListRow } from '@spillway/api';
import { useState } from 'react';

/** A row as it is shown. `isGone`: no longer in the list, kept in place while someone is at the table. */
export interface ShownRow extends ListRow {
  readonly isGone: boolean;
}

const NO_ROWS: readonly ListRow[] = [];

/**
 * The rows to show. While `isHeld`, no row appears, disappears or moves, so that nothing jumps away under the pointer;
 * the data of each row stays current. `view`: the name of the current view; a change of it releases the held rows.
 * `news`: new rows that are not shown yet.
 */
export function useHeld(
  view: string | undefined,
  current: readonly ListRow[] = NO_ROWS,
  isHeld: boolean,
): { rows: readonly ShownRow[]; news: number } {
  const [held, setHeld] = useState({ view, rows: current });
  const isHolding = isHeld && held.view === view;
  if (!isHolding && (held.rows !== current || held.view !== view)) setHeld({ view, rows: current });

  const byId = new Map(current.map((row) => [row.id, row]));
  const base = isHolding ? held.rows : current;
  const shown = new Set(base.map((row) => row.id));
  return {
    rows: base.map((row) => ({ ...row, ...byId.get(row.id), isGone: !byId.has(row.id) })),
    news: current.filter((row) => !shown.has(row.id)).length,
  };
}
