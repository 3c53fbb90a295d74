'use client';

import type { ReactNode } from 'react';
import { Badge } from '#components/ui/badge.tsx';
import type { Tone } from '#components/ui/badge.tsx';
import { duration } from '#lib/words.ts';
import { useLive, useNow } from './live.tsx';
import type { Live } from './live.tsx';

interface AdminHeadProps {
  readonly title: ReactNode;
  /** What the page is for, where its name does not say it. */
  readonly children?: ReactNode;
}

/** The head of an operator's page: its only h1, and whether the data on the page is live. */
export function AdminHead({ title, children }: AdminHeadProps) {
  return (
    <div className="mb-6">
      <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2">
        <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
        <Connection />
      </div>
      {children ? <div className="mt-1 max-w-3xl text-sm text-ink-soft">{children}</div> : null}
    </div>
  );
}

const CONNECTIONS: Record<Live['state'], { label: string; tone: Tone }> = {
  connecting: { label: 'Connecting', tone: 'neutral' },
  live: { label: 'Live', tone: 'good' },
  paused: { label: 'Paused', tone: 'neutral' },
  stale: { label: 'Stale', tone: 'warn' },
};

function Connection() {
  const live = useLive();
  const now = useNow();
  const { label, tone } = CONNECTIONS[live.state];
  const age =
    live.state === 'stale' && live.heardAt
      ? `as of ${duration(now - live.heardAt)} ago, connecting again`
      : null;
  return (
    <Badge tone={tone}>
      <span role="status">{label}</span>
      {/* Seen, not said: it changes every second. */}
      <span aria-hidden="true" className="empty:hidden">
        {age}
      </span>
    </Badge>
  );
}
