'use client';

import { useMutation } from '@tanstack/react-query';
import { Confirm } from '#components/ui/confirm.tsx';
import { useTRPC } from '#trpc/client.tsx';

export const SWITCHES = {
  worker: {
    name: 'Workers',
    pause:
      'Every worker finishes what it has in hand and takes nothing new. Submissions are accepted all the same, and wait in their store until someone resumes.',
    resume: 'Every worker takes submissions again, the oldest first.',
  },
  recovery: {
    name: 'Recovery',
    pause:
      'What waits in Postgres is no longer pushed to Redis, until someone resumes. While Redis is away, workers go on taking it straight from Postgres.',
    resume: 'What waits in Postgres is pushed to Redis again, as soon as Redis takes it.',
  },
} as const;

export type SwitchName = keyof typeof SWITCHES;

interface SwitchDialogProps {
  readonly what: SwitchName;
  readonly isPaused: boolean;
  readonly open: boolean;
  readonly onClose: () => void;
}

/** Says what pausing or resuming does, and does it. */
export function SwitchDialog({ what, isPaused, open, onClose }: SwitchDialogProps) {
  const { name, pause, resume } = SWITCHES[what];
  const trpc = useTRPC();
  const change = useMutation(trpc.admin.pause.mutationOptions({ onSuccess: close }));
  const verb = isPaused ? 'Resume' : 'Pause';

  function close() {
    change.reset();
    onClose();
  }

  return (
    <Confirm
      open={open}
      onClose={close}
      title={`${verb} ${name.toLowerCase()}`}
      verb={verb}
      onConfirm={() => change.mutate({ what, paused: !isPaused })}
      isPending={change.isPending}
      error={change.error}
    >
      <p>{isPaused ? resume : pause}</p>
    </Confirm>
  );
}
