'use client';

import type { AdminOverview, SandboxAction } from '@spillway/api';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useLive } from '#components/admin/live.tsx';
import { useMay } from '#components/admin/me.tsx';
import { Badge } from '#components/ui/badge.tsx';
import { Button } from '#components/ui/button.tsx';
import { Card } from '#components/ui/card.tsx';
import { useTRPC } from '#trpc/client.tsx';
import { problemOf } from '#trpc/problem.ts';

interface Switch {
  readonly what: string;
  readonly actions: readonly (readonly [label: string, action: SandboxAction, done: string])[];
}

const REDIS: readonly Switch[] = [
  {
    what: 'The process ends, as in a crash: connections are refused.',
    actions: [
      ['Kill', { store: 'redis', action: 'kill' }, 'Redis is killed.'],
      ['Start', { store: 'redis', action: 'start' }, 'Redis is started.'],
    ],
  },
  {
    what: 'Connections stay open and nothing answers.',
    actions: [
      ['Freeze', { store: 'redis', action: 'freeze' }, 'Redis is frozen.'],
      ['Resume', { store: 'redis', action: 'resume' }, 'Redis is running again.'],
    ],
  },
  {
    what: 'Its memory is full: it refuses to take more.',
    actions: [
      ['Fill', { store: 'redis', action: 'fill' }, 'Redis is full.'],
      ['Unfill', { store: 'redis', action: 'unfill' }, 'Redis has room again.'],
    ],
  },
  {
    what: 'It loses all its data and keeps running.',
    actions: [['Flush', { store: 'redis', action: 'flush' }, 'Redis is empty.']],
  },
];

const POSTGRES: readonly Switch[] = [
  {
    what: 'It shuts down cleanly. Nothing can be processed without it; Redis accepts submissions.',
    actions: [
      ['Stop', { store: 'postgres', action: 'stop' }, 'Postgres is stopped.'],
      ['Start', { store: 'postgres', action: 'start' }, 'Postgres is started.'],
    ],
  },
];

/** The actions on each store. */
export function StoreSwitches() {
  const trpc = useTRPC();
  const act = useMutation(trpc.sandbox.act.mutationOptions());
  const [done, setDone] = useState('');
  const overview = useLive().data?.overview;

  function press(action: SandboxAction, words: string) {
    setDone('');
    act.mutate(action, { onSuccess: () => setDone(words) });
  }

  return (
    <div>
      <div className="grid gap-5 lg:grid-cols-2 lg:items-start">
        <Switches
          title="Redis"
          store={overview?.redis}
          switches={REDIS}
          onPress={press}
          isBusy={act.isPending}
        />
        <Switches
          title="Postgres"
          store={overview?.postgres}
          switches={POSTGRES}
          onPress={press}
          isBusy={act.isPending}
        />
      </div>
      <p role="status" className="mt-4 min-h-6 text-sm text-ink-soft">
        {done}
        {act.error ? (problemOf(act.error)?.detail ?? 'The server could not be reached.') : null}
      </p>
    </div>
  );
}

interface SwitchesProps {
  readonly title: string;
  readonly store: AdminOverview['redis'] | undefined;
  readonly switches: readonly Switch[];
  readonly onPress: (action: SandboxAction, done: string) => void;
  readonly isBusy: boolean;
}

function Switches({ title, store, switches, onPress, isBusy }: SwitchesProps) {
  const mayAct = useMay('operator');
  return (
    <Card aria-label={title} className="p-5">
      <h2 className="flex items-center gap-2 text-lg font-semibold tracking-tight">
        {title}
        {store ? (
          <Badge tone={store.state === 'up' ? 'good' : 'bad'}>{store.state === 'up' ? 'Up' : 'Away'}</Badge>
        ) : null}
      </h2>
      <ul className="mt-3 grid divide-y divide-line">
        {switches.map(({ what, actions }) => (
          <li
            key={what}
            className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 py-3 last:pb-0"
          >
            <p className="min-w-52 flex-1 text-sm text-ink-soft">{what}</p>
            {mayAct ? (
              <div className="flex gap-2">
                {actions.map(([label, action, words]) => (
                  <Button
                    key={label}
                    variant="outline"
                    size="small"
                    className="min-w-18"
                    aria-label={`${label} ${title}`}
                    aria-disabled={isBusy}
                    onClick={() => isBusy || onPress(action, words)}
                  >
                    {label}
                  </Button>
                ))}
              </div>
            ) : null}
          </li>
        ))}
      </ul>
    </Card>
  );
}
