'use client';

import { Button } from '#components/ui/button.tsx';
import { Checkbox } from '#components/ui/checkbox.tsx';
import { Dialog } from '#components/ui/dialog.tsx';
import { useSingleKeys } from './single-keys.ts';

const SINGLE_KEYS = [
  ['/', 'Search in the list, or everywhere'],
  ['j', 'Next row'],
  ['k', 'Previous row'],
  ['x', 'Choose the row, or undo that'],
  ['?', 'This help'],
] as const;

interface HelpProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly isApple: boolean;
}

/** The keys, and the switch for those that work by themselves. */
export function Help({ open, onClose, isApple }: HelpProps) {
  const [areOn, setOn] = useSingleKeys();
  const rows = [
    [isApple ? '⌘ K' : 'Ctrl K', 'Pages, actions, submissions'],
    ['Enter', 'Open the row'],
    ...SINGLE_KEYS,
  ];
  return (
    <Dialog open={open} onClose={onClose} title="Keyboard shortcuts">
      <dl className="mt-4 grid grid-cols-[auto_1fr] items-center gap-x-6 gap-y-2.5 text-sm">
        {rows.map(([key, words]) => (
          <div key={key} className="contents">
            <dt>
              <kbd className="inline-grid h-7 min-w-7 place-items-center rounded-md border border-line bg-sunken px-2 font-mono text-xs">
                {key}
              </kbd>
            </dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
      <div className="mt-6 flex flex-wrap items-center justify-between gap-4 border-t border-line pt-4">
        <Checkbox
          label="Single-key shortcuts"
          checked={areOn}
          onChange={({ target }) => setOn(target.checked)}
        />
        <Button onClick={onClose}>Close</Button>
      </div>
    </Dialog>
  );
}
