'use client';

import type { Controls } from '@spillway/api';
import { useMutation } from '@tanstack/react-query';
import { Pause, Play } from 'lucide-react';
import { useState } from 'react';
import { useMay } from '#components/admin/me.tsx';
import { LocalTime } from '#components/local-time.tsx';
import { Badge } from '#components/ui/badge.tsx';
import { Button } from '#components/ui/button.tsx';
import { Confirm } from '#components/ui/confirm.tsx';
import { useTRPC } from '#trpc/client.tsx';

const WHAT = {
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

/** Whether workers and recovery run, and the buttons to change it. */
export function Switches({ controls }: { controls: Controls | undefined }) {
  return (
    <div>
      <ul className="grid gap-3 sm:grid-cols-2">
        <Switch what="worker" isPaused={controls?.workerPaused} />
        <Switch what="recovery" isPaused={controls?.recoveryPaused} />
      </ul>
      {controls?.by !== undefined && controls.at !== undefined ? (
        <p className="mt-3 text-xs text-ink-soft">
          Last switched by {controls.by}, <LocalTime at={controls.at} />
        </p>
      ) : null}
    </div>
  );
}

function Switch({ what, isPaused }: { what: keyof typeof WHAT; isPaused: boolean | undefined }) {
  const { name, pause, resume } = WHAT[what];
  const mayAct = useMay('operator');
  const trpc = useTRPC();
  const [isAsking, setAsking] = useState(false);
  const change = useMutation(trpc.admin.pause.mutationOptions({ onSuccess: () => setAsking(false) }));
  const verb = isPaused ? 'Resume' : 'Pause';
  const Icon = isPaused ? Play : Pause;

  function ask() {
    change.reset();
    setAsking(true);
  }

  return (
    <li className="flex min-h-13 items-center gap-3 rounded-lg bg-sunken px-4 py-2">
      <span className="text-sm font-medium">{name}</span>
      <StateBadge isPaused={isPaused} />
      {mayAct && isPaused !== undefined ? (
        <Button
          variant="outline"
          size="small"
          className="ms-auto"
          aria-label={`${verb} ${name}`}
          onClick={ask}
        >
          <Icon aria-hidden="true" />
          {verb}
        </Button>
      ) : null}
      <Confirm
        open={isAsking}
        onClose={() => setAsking(false)}
        title={`${verb} ${name.toLowerCase()}`}
        verb={verb}
        onConfirm={() => change.mutate({ what, paused: !isPaused })}
        isPending={change.isPending}
        error={change.error}
      >
        <p>{isPaused ? resume : pause}</p>
      </Confirm>
    </li>
  );
}

function StateBadge({ isPaused }: { isPaused: boolean | undefined }) {
  if (isPaused === undefined) return <Badge>Unknown</Badge>;
  return <Badge tone={isPaused ? 'warn' : 'good'}>{isPaused ? 'Paused' : 'On'}</Badge>;
}
