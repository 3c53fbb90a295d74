'use client';

import type { AdminLive } from '@spillway/api';
import { skipToken } from '@tanstack/react-query';
import { useSubscription } from '@trpc/tanstack-react-query';
import { useCallback, useEffect, useState, useSyncExternalStore } from 'react';
import { useTRPC } from '#trpc/client.tsx';
import { problemOf } from '#trpc/problem.ts';
import type { BacklogFilter } from './filter.ts';

export interface Live {
  /** The last good data, whatever has happened since. */
  readonly data: AdminLive | undefined;
  /** `paused`: the tab is hidden. `stale`: the stream broke, and is being opened again. */
  readonly state: 'connecting' | 'live' | 'stale' | 'paused';
  /** When the data was last known to be right, in ms by this browser's clock. */
  readonly heardAt: number | undefined;
  /** Milliseconds to add to this browser's clock to get the server's. */
  readonly clockOffsetMs: number;
}

/** The operations page's data, pushed by the server at each change. */
export function useLive(filter: BacklogFilter): Live {
  const trpc = useTRPC();
  const isVisible = useIsVisible();
  const [last, setLast] = useState<{ data: AdminLive; at: number; clockOffsetMs: number }>();
  const receive = useCallback((data: AdminLive) => {
    const at = Date.now();
    setLast({ data, at, clockOffsetMs: Date.parse(data.overview.at) - at });
  }, []);
  const stream = useSubscription(
    trpc.admin.watch.subscriptionOptions(isVisible ? { list: filter } : skipToken, { onData: receive }),
  );
  const problem = stream.error ? problemOf(stream.error) : undefined;
  const isSignedOut = problem?.code === 'unauthorized' || problem?.code === 'forbidden';
  useEffect(() => {
    if (isSignedOut) window.location.assign('/admin/sign-in');
  }, [isSignedOut]);
  useReopen(stream.status === 'error' && !isSignedOut, stream.reset);

  return {
    data: last?.data,
    state: stateOf(isVisible, stream.status, last !== undefined && stream.error !== null, last !== undefined),
    heardAt: last?.at,
    clockOffsetMs: last?.clockOffsetMs ?? 0,
  };
}

function stateOf(isVisible: boolean, status: string, hasBroken: boolean, hasData: boolean): Live['state'] {
  if (!isVisible) return 'paused';
  if (hasBroken || (status === 'error' && hasData)) return 'stale';
  return status === 'pending' ? 'live' : 'connecting';
}

const REOPEN_MS = 3000;

/** A stream that ended for good (the server said no, not the network) is not opened again by the link. */
function useReopen(isEnded: boolean, reopen: () => void): void {
  useEffect(() => {
    if (!isEnded) return;
    const timer = setTimeout(reopen, REOPEN_MS);
    return () => clearTimeout(timer);
  }, [isEnded, reopen]);
}

function useIsVisible(): boolean {
  return useSyncExternalStore(
    (changed) => {
      document.addEventListener('visibilitychange', changed);
      return () => document.removeEventListener('visibilitychange', changed);
    },
    () => document.visibilityState === 'visible',
    () => true,
  );
}

/** The browser's clock, looked at every second. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
