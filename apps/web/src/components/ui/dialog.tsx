'use client';

import { Dialog as Base } from '@base-ui/react/dialog';
import type { ReactNode } from 'react';
import { cn } from '#lib/cn.ts';

interface DialogProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly title: ReactNode;
  readonly children: ReactNode;
  /** `alertdialog`: a question that a stray press beside it does not answer. Default `dialog`. */
  readonly role?: 'dialog' | 'alertdialog';
  /** The title, for people who cannot see the dialog. */
  readonly isTitleHidden?: boolean;
  readonly className?: string;
}

/** A dialog in the middle of a wide screen, at the lower edge of a narrow one. Escape closes it. */
export function Dialog({
  open,
  onClose,
  title,
  children,
  role = 'dialog',
  isTitleHidden = false,
  className,
}: DialogProps) {
  return (
    <Base.Root
      open={open}
      onOpenChange={(next) => next || onClose()}
      disablePointerDismissal={role === 'alertdialog'}
    >
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-black/30 transition-opacity duration-150 data-ending-style:opacity-0 data-starting-style:opacity-0 dark:bg-black/60" />
        <Base.Popup
          role={role}
          className={cn(
            'fixed inset-x-0 bottom-0 z-50 mx-auto max-h-[90dvh] w-full max-w-lg overflow-y-auto rounded-t-2xl border border-line bg-surface p-5 shadow-xl outline-none sm:top-[14vh] sm:bottom-auto sm:max-h-[78dvh] sm:rounded-2xl sm:p-6',
            'transition-[opacity,translate] duration-150 ease-out data-ending-style:translate-y-2 data-ending-style:opacity-0 data-starting-style:translate-y-2 data-starting-style:opacity-0',
            className,
          )}
        >
          <Base.Title
            className={isTitleHidden ? 'sr-only' : 'text-lg font-semibold tracking-tight text-balance'}
          >
            {title}
          </Base.Title>
          {children}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
