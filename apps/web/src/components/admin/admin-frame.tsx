'use client';

import { Dialog } from '@base-ui/react/dialog';
import { Menu, X } from 'lucide-react';
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { Wordmark } from '#components/logo.tsx';
import { SkipLink } from '#components/site-frame.tsx';
import { Keys } from './keys/keys.tsx';
import { useMe } from './me.tsx';
import { Navigation } from './navigation.tsx';
import { SignOut } from './sign-out.tsx';
import { StatusLine } from './status-line.tsx';

const ICON_BUTTON =
  'grid size-10 shrink-0 cursor-pointer place-items-center rounded-lg text-ink-soft hover:bg-sunken hover:text-ink';

/** Pages that begin with the state of the system. */
const SAY_IT_THEMSELVES = new Set(['/admin', '/admin/sandbox']);

/** The navigation at the side, or behind a button where there is no room, and the page's one `main`. */
export function AdminFrame({ children }: { children: ReactNode }) {
  const saysItself = SAY_IT_THEMSELVES.has(usePathname());
  return (
    <div className="flex min-h-dvh w-full flex-col lg:flex-row">
      <SkipLink>Skip to the content</SkipLink>
      <header className="sticky top-0 z-30 flex h-14 items-center justify-between gap-4 border-b border-line bg-paper px-4 sm:px-6 lg:h-dvh lg:w-60 lg:shrink-0 lg:flex-col lg:items-stretch lg:justify-start lg:gap-6 lg:overflow-y-auto lg:border-e lg:border-b-0 lg:px-3 lg:py-5 print:hidden">
        <Home />
        <Keys />
        <div className="hidden grow flex-col justify-between gap-8 lg:flex">
          <Navigation />
          <Account />
        </div>
        <MenuButton />
      </header>
      <div className="min-w-0 grow">
        {saysItself ? null : <StatusLine />}
        <main id="content" className="mx-auto w-full max-w-7xl px-4 pt-6 pb-24 sm:px-6 lg:px-10 lg:pt-8">
          {children}
        </main>
      </div>
    </div>
  );
}

function Home() {
  return (
    <Link href="/admin" prefetch={false} className="inline-flex rounded-lg px-2 py-1">
      <Wordmark />
    </Link>
  );
}

function Account() {
  const { email, role } = useMe();
  return (
    <div className="grid gap-2 border-t border-line px-3 pt-4">
      <p className="min-w-0 text-sm">
        <span className="block truncate" title={email}>
          {email}
        </span>
        <span className="text-xs text-ink-soft">{role}</span>
      </p>
      <SignOut />
    </div>
  );
}

function MenuButton() {
  const [isOpen, setOpen] = useState(false);
  return (
    <Dialog.Root open={isOpen} onOpenChange={setOpen}>
      <Dialog.Trigger aria-label="Menu" className={`${ICON_BUTTON} lg:hidden`}>
        <Menu className="size-5" aria-hidden="true" />
      </Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-black/25 transition-opacity duration-200 data-ending-style:opacity-0 data-starting-style:opacity-0 dark:bg-black/55" />
        <Dialog.Popup className="fixed inset-y-0 end-0 z-50 flex w-72 max-w-[85vw] flex-col gap-6 overflow-y-auto border-s border-line bg-surface p-3 shadow-xl transition-transform duration-200 ease-out data-ending-style:translate-x-full data-starting-style:translate-x-full">
          <div className="flex items-center justify-between ps-3">
            <Dialog.Title className="font-semibold">Menu</Dialog.Title>
            <Dialog.Close aria-label="Close" className={ICON_BUTTON}>
              <X className="size-5" aria-hidden="true" />
            </Dialog.Close>
          </div>
          <Navigation onGo={() => setOpen(false)} />
          <Account />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
