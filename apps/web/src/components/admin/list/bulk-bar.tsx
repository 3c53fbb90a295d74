'use client';

import type { Action, ListFilter, ListName, ListPage } from '@spillway/api';
import { useState } from 'react';
import { ActionDialog } from '#components/admin/action/action-dialog.tsx';
import type { Asked } from '#components/admin/action/action-dialog.tsx';
import { ACTIONS } from '#components/admin/action/actions.ts';
import { Button } from '#components/ui/button.tsx';
import { count } from '#lib/words.ts';
import type { ShownRow } from './held.ts';
import { LISTS } from './lists.ts';
import { possible, targetOfSelection } from './selection.ts';
import type { Selection } from './selection.ts';

interface BulkBarProps {
  readonly list: ListName;
  readonly filter: ListFilter;
  readonly rows: readonly ShownRow[];
  readonly page: ListPage;
  readonly selection: Selection;
}

/** The number of selected submissions, and the actions that are possible on them. */
export function BulkBar({ list, filter, rows, page, selection }: BulkBarProps) {
  const [asked, setAsked] = useState<Asked>();
  const [isDone, setDone] = useState(false);
  const { ids, isAll } = selection;
  const isMore = page.nextCursor !== undefined || (page.matching ?? 0) > rows.length;

  /** With nothing chosen any more, the bar and its dialog go: not before the result was read. */
  function close() {
    setAsked(undefined);
    if (isDone) selection.clear();
  }

  return (
    <div className="sticky top-14 z-10 flex flex-wrap items-center gap-x-3 gap-y-2 rounded-t-xl bg-accent-soft px-5 py-3 lg:top-0">
      <p role="status" className="font-medium tabular-nums">
        {isAll ? `All ${matchingOf(page)} chosen` : `${count(ids.size)} chosen`}
      </p>
      {isMore && !isAll ? (
        <Button variant="quiet" size="small" onClick={selection.chooseAll}>
          Choose all {matchingOf(page)}
        </Button>
      ) : null}
      <Button variant="quiet" size="small" onClick={selection.clear}>
        Choose none
      </Button>
      <div className="flex flex-wrap gap-2 sm:ml-auto">
        {LISTS[list].actions.map((action) => (
          <ActionButton
            key={action}
            action={action}
            times={isAll ? undefined : possible(rows, ids, action)}
            onPress={() => setAsked({ action, target: targetOfSelection(selection, list, filter) })}
          />
        ))}
      </div>
      <ActionDialog asked={asked} onClose={close} onDone={() => setDone(true)} />
    </div>
  );
}

interface ActionButtonProps {
  readonly action: Action;
  /** For how many of the selected submissions the action is possible. Missing: not counted yet. */
  readonly times: number | undefined;
  readonly onPress: () => void;
}

function ActionButton({ action, times, onPress }: ActionButtonProps) {
  return (
    <Button
      variant={ACTIONS[action].isDestructive ? 'danger' : 'outline'}
      size="small"
      disabled={times === 0}
      onClick={onPress}
    >
      {ACTIONS[action].verb}
      {times === undefined ? '' : ` ${count(times)}`}
    </Button>
  );
}

/** "1,482 that match", "10,000+ that match", or "that match" if they are not counted. */
function matchingOf({ matching, capped }: ListPage): string {
  return matching === undefined ? 'that match' : `${count(matching)}${capped ? '+' : ''} that match`;
}
