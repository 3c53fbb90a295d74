'use client';

import type { Controls } from '@spillway/api';
import { Pause, Play } from 'lucide-react';
import { useState } from 'react';
import { useMay } from '#components/admin/me.tsx';
import { LocalTime } from '#components/local-time.tsx';
import { Badge } from '#components/ui/badge.tsx';
import { Button } from '#components/ui/button.tsx';
import { SWITCHES, SwitchDialog } from './switch-dialog.tsx';
import type { SwitchName } from './switch-dialog.tsx';

/** Whether workers and recovery run, and the buttons to change it. */
export function Switches({ controls }: { controls: Controls | undefined }) {
  const mayAct = useMay('operator');
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
      {mayAct ? null : (
        <p className="mt-3 text-sm text-ink-soft">
          Pausing, resuming and recovering require the role operator.
        </p>
      )}
    </div>
  );
}

function Switch({ what, isPaused }: { what: SwitchName; isPaused: boolean | undefined }) {
  const { name } = SWITCHES[what];
  const mayAct = useMay('operator');
  const [isAsking, setAsking] = useState(false);
  const verb = isPaused ? 'Resume' : 'Pause';
  const Icon = isPaused ? Play : Pause;

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
          onClick={() => setAsking(true)}
        >
          <Icon aria-hidden="true" />
          {verb}
        </Button>
      ) : null}
      <SwitchDialog
        what={what}
        isPaused={isPaused === true}
        open={isAsking}
        onClose={() => setAsking(false)}
      />
    </li>
  );
}

function StateBadge({ isPaused }: { isPaused: boolean | undefined }) {
  if (isPaused === undefined) return <Badge>Unknown</Badge>;
  return <Badge tone={isPaused ? 'warn' : 'good'}>{isPaused ? 'Paused' : 'On'}</Badge>;
}
