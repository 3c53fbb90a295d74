'use client';

import { Search } from 'lucide-react';
import { useEffect, useEffectEvent, useState, useSyncExternalStore } from 'react';
import type { Shown } from './commands.ts';
import { Deeds } from './deeds.tsx';
import { Help } from './help.tsx';
import { Palette } from './palette.tsx';
import { moveInList, pressedKey, toggleRow } from './row-keys.ts';
import { useSingleKeys } from './single-keys.ts';

/** The keys that work on each of the operator's pages, and the button for the palette behind them. */
export function Keys() {
  const [shown, setShown] = useState<'palette' | Shown>();
  const [areOn] = useSingleKeys();
  const isApple = useIsApple();
  const close = () => setShown(undefined);

  const onKey = useEffectEvent((event: KeyboardEvent) => {
    const key = pressedKey(event);
    if (key === 'palette') setShown('palette');
    else if (!areOn) return;
    else if (key === '?') setShown('help');
    else if (key === '/') focusSearch(() => setShown('palette'));
    else if (key === 'j' || key === 'k') moveInList(key === 'j' ? 1 : -1);
    else if (key === 'x') toggleRow();
    else return;
    event.preventDefault();
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent) => onKey(event);
    document.addEventListener('keydown', listener);
    return () => document.removeEventListener('keydown', listener);
  }, []);

  return (
    <>
      <button
        type="button"
        aria-keyshortcuts={isApple ? 'Meta+K' : 'Control+K'}
        onClick={() => setShown('palette')}
        className="flex size-10 cursor-pointer items-center justify-center gap-3 rounded-lg text-sm text-ink-soft hover:bg-sunken hover:text-ink max-lg:ml-auto lg:h-9 lg:w-full lg:justify-start lg:border lg:border-line lg:bg-surface lg:px-3"
      >
        <Search aria-hidden="true" className="size-5 lg:size-4" />
        <span className="max-lg:sr-only">Search</span>
        <kbd aria-hidden="true" className="ml-auto font-sans text-xs max-lg:hidden">
          {isApple ? '⌘ K' : 'Ctrl K'}
        </kbd>
      </button>
      <Palette open={shown === 'palette'} onClose={close} onShow={setShown} />
      <Help open={shown === 'help'} onClose={close} isApple={isApple} />
      <Deeds shown={shown} onClose={close} />
    </>
  );
}

/** The list's own search field where there is one. */
function focusSearch(otherwise: () => void): void {
  const field = document.querySelector('[data-search]');
  if (!(field instanceof HTMLInputElement)) return otherwise();
  field.focus();
  field.select();
}

const never = () => () => {};

function useIsApple(): boolean {
  return useSyncExternalStore(
    never,
    () => /mac|iphone|ipad/i.test(navigator.userAgent),
    () => false,
  );
}
