'use client';

import { Autocomplete } from '@base-ui/react/autocomplete';
import { Search } from 'lucide-react';
import { Dialog } from '#components/ui/dialog.tsx';
import { useState } from 'react';
import { useCommands } from './commands.ts';
import type { Command, CommandGroup, Shown } from './commands.ts';

interface PaletteProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly onShow: (shown: Shown) => void;
}

/** Every page, action and submission, a few letters away. */
export function Palette({ open, onClose, onShow }: PaletteProps) {
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title="Search and commands"
      isTitleHidden
      className="flex flex-col overflow-hidden p-0 max-sm:inset-y-0 max-sm:max-h-dvh max-sm:rounded-none sm:p-0"
    >
      <Commands onClose={onClose} onShow={onShow} />
    </Dialog>
  );
}

function Commands({ onClose, onShow }: Omit<PaletteProps, 'open'>) {
  const [typed, setTyped] = useState('');
  const groups = useCommands(typed, onShow);

  function run(command: Command) {
    onClose();
    command.run();
  }

  return (
    <Autocomplete.Root
      inline
      open
      // The input can be an id or a text to search for; these commands match any input.
      items={groups}
      mode="none"
      value={typed}
      onValueChange={setTyped}
      itemToStringValue={labelOf}
      autoHighlight="always"
      keepHighlight
    >
      <div className="relative border-b border-line">
        <Search
          aria-hidden="true"
          className="pointer-events-none absolute start-5 top-1/2 size-4 -translate-y-1/2 text-ink-soft"
        />
        <Autocomplete.Input
          aria-label="Page, action, id, reference or text"
          placeholder="Page, action, id, reference or text"
          spellCheck={false}
          maxLength={200}
          className="h-14 w-full bg-transparent ps-12 pe-5 text-base outline-none placeholder:text-ink-faint"
        />
      </div>
      <Autocomplete.List className="min-h-0 overflow-y-auto overscroll-contain p-2 sm:max-h-96">
        {(group: CommandGroup) => (
          <Autocomplete.Group key={group.name} items={group.items} className="pb-1">
            <Autocomplete.GroupLabel className="px-3 pt-2 pb-1 text-xs font-medium text-ink-soft">
              {group.name}
            </Autocomplete.GroupLabel>
            <Autocomplete.Collection>
              {(command: Command) => (
                <Autocomplete.Item
                  key={command.label}
                  value={command}
                  onClick={() => run(command)}
                  className="flex min-h-10 cursor-pointer items-center gap-3 rounded-lg px-3 text-sm data-highlighted:bg-accent-soft data-highlighted:text-accent-strong"
                >
                  <command.icon aria-hidden="true" className="size-4 shrink-0 text-ink-soft" />
                  <span className="min-w-0 truncate">{command.label}</span>
                </Autocomplete.Item>
              )}
            </Autocomplete.Collection>
          </Autocomplete.Group>
        )}
      </Autocomplete.List>
    </Autocomplete.Root>
  );
}

function labelOf({ label }: Command): string {
  return label;
}
