'use client';

import type { ReactNode } from 'react';
import { Busy } from '#components/form/notice.tsx';
import { problemOf } from '#trpc/problem.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';

interface ConfirmProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly title: string;
  /** What will happen. */
  readonly children: ReactNode;
  /** The verb, on the button. */
  readonly verb: string;
  readonly isDestructive?: boolean;
  readonly onConfirm: () => void;
  readonly isPending: boolean;
  readonly error: unknown;
}

/** Asks before something is done, and says what happens. */
export function Confirm({ open, onClose, title, children, verb, ...action }: ConfirmProps) {
  const { isDestructive = false, onConfirm, isPending, error } = action;
  return (
    <Dialog open={open} onClose={onClose} role="alertdialog" title={title}>
      <div className="mt-2 grid gap-3 text-sm text-ink-soft">
        {children}
        {error ? <Failure error={error} /> : null}
      </div>
      <div className="mt-6 flex flex-col-reverse gap-2 sm:flex-row sm:justify-end">
        <Button variant="outline" onClick={onClose}>
          Cancel
        </Button>
        <Button
          variant={isDestructive ? 'danger-strong' : 'primary'}
          aria-disabled={isPending}
          onClick={() => isPending || onConfirm()}
        >
          {isPending ? <Busy>{verb}…</Busy> : verb}
        </Button>
      </div>
    </Dialog>
  );
}

/** Why something could not be done. */
export function Failure({ error }: { error: unknown }) {
  return (
    <p role="alert" className="rounded-lg bg-bad-soft px-3 py-2 text-sm text-bad">
      {problemOf(error)?.detail ?? 'The server could not be reached. Nothing was changed.'}
    </p>
  );
}
