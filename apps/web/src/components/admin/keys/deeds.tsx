'use client';

import { Busy } from '#components/form/notice.tsx';
import { useLive } from '#components/admin/live.tsx';
import { SwitchDialog } from '#components/admin/overview/switch-dialog.tsx';
import { useRecover, wordsOf } from '#components/admin/recover.ts';
import { Button } from '#components/ui/button.tsx';
import { Dialog } from '#components/ui/dialog.tsx';
import type { Shown } from './commands.ts';

interface DeedsProps {
  readonly shown: 'palette' | Shown | undefined;
  readonly onClose: () => void;
}

/** The dialogs of actions that begin in the palette: they stay open after the palette closes. */
export function Deeds({ shown, onClose }: DeedsProps) {
  const controls = useLive().data?.overview.controls;
  return (
    <>
      <RecoverDialog open={shown === 'recover'} onClose={onClose} />
      <SwitchDialog
        what="worker"
        isPaused={controls?.workerPaused === true}
        open={shown === 'worker'}
        onClose={onClose}
      />
      <SwitchDialog
        what="recovery"
        isPaused={controls?.recoveryPaused === true}
        open={shown === 'recovery'}
        onClose={onClose}
      />
    </>
  );
}

function RecoverDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const recover = useRecover();
  const { isPending, isSuccess } = recover;

  function close() {
    recover.reset();
    onClose();
  }

  return (
    <Dialog open={open} onClose={close} role="alertdialog" title="Recover now">
      <p role="status" className="mt-2 text-sm text-ink-soft tabular-nums">
        {wordsOf(recover) ??
          'Pushes the waiting submissions from Postgres to Redis now, without waiting for a worker.'}
      </p>
      <div className="mt-6 flex flex-col-reverse gap-2 sm:flex-row sm:justify-end">
        <Button variant="outline" onClick={close}>
          {isSuccess ? 'Close' : 'Cancel'}
        </Button>
        {isSuccess ? null : (
          <Button aria-disabled={isPending} onClick={() => isPending || recover.mutate()}>
            {isPending ? <Busy>Recovering…</Busy> : 'Recover now'}
          </Button>
        )}
      </div>
    </Dialog>
  );
}
