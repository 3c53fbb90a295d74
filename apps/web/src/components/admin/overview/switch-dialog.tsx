'use client';

import { useMutation } from '@tanstack/react-query';
import { Confirm } from '#components/ui/confirm.tsx';
import { useTRPC } from '#trpc/client.tsx';

export const SWITCHES = {
  worker: {
    name: 'Workers',
    pause:
      'Every worker finishes its current submissions and claims no new ones. Submissions are still accepted, and wait in their store until workers are resumed.',
    resume: 'Every worker claims submissions again, the oldest first.',
  },
  recovery: {
    name: 'Recovery',
    pause:
      'Recovery no longer pushes submissions from Postgres to Redis until it is resumed. While Redis is away, workers still claim directly from Postgres.',
    resume:
      'Recovery pushes the waiting submissions from Postgres to Redis again, as soon as Redis accepts them.',
  },
} as const;

export type SwitchName = keyof typeof SWITCHES;

interface SwitchDialogProps {
  readonly what: SwitchName;
  readonly isPaused: boolean;
  readonly open: boolean;
  readonly onClose: () => void;
}

/** Says what a pause or a resume does, asks, and does it. */
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
