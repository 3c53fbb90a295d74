'use client';

import type { ListPage, ListRow } from '@spillway/api';
import { useState } from 'react';

/** A row as it is shown. `isGone`: no longer in the backlog, kept in place while someone points at the table. */
export interface ShownRow extends ListRow {
  readonly isGone: boolean;
}

/**
 * The rows to show. While `isHeld`, no row comes, goes or moves, so that nothing jumps away under the pointer;
 * what is known of each row stays current. `news`: rows that wait to be shown.
 */
export function useHeld(
  page: ListPage | undefined,
  isHeld: boolean,
): { rows: readonly ShownRow[]; news: number } {
  const [order, setOrder] = useState<readonly ListRow[]>([]);
  const current = page?.rows ?? [];
  if (!isHeld && order !== current && !(order.length === 0 && current.length === 0)) setOrder(current);

  const byId = new Map(current.map((row) => [row.id, row]));
  const base = isHeld ? order : current;
  const rows = base.map((row) => ({ ...row, ...byId.get(row.id), isGone: !byId.has(row.id) }));
  const shown = new Set(base.map((row) => row.id));
  return { rows, news: current.filter((row) => !shown.has(row.id)).length };
}
