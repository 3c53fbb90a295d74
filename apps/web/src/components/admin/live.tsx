'use client';

import type { AdminLive, ListQuery } from '@spillway/api';
import { skipToken } from '@tanstack/react-query';
import { useSubscription } from '@trpc/tanstack-react-query';
import { createContext, use, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import type { ReactNode } from 'react';
import { useTRPC } from '#trpc/client.tsx';
import { problemOf } from '#trpc/problem.ts';

export interface Live {
  /** The last good data, also after later errors. */
  readonly data: AdminLive | undefined;
  /** `paused`: the tab is hidden. `stale`: the stream broke, and is being opened again. */
  readonly state: 'connecting' | 'live' | 'stale' | 'paused';
  /** What rows the data was asked for with, as JSON. */
  readonly askedFor: string | undefined;
  /** When the data was last known to be right, in ms by this browser's clock. */
  readonly heardAt: number | undefined;
  /** Milliseconds to add to this browser's clock to get the server's. */
  readonly clockOffsetMs: number;
}

const LiveContext = createContext<LiveValue | undefined>(undefined);

interface LiveValue {
  readonly live: Live;
  readonly ask: (query: ListQuery | undefined) => void;
}

/**
 * One stream for all that is shown: a browser keeps six connections to a site, over all its tabs. It carries the
 * overview, and the page of rows that a page inside has asked for.
 */
export function LiveProvider({ children }: { children: ReactNode }) {
  const [query, ask] = useState<ListQuery>();
  const live = useStream(query);
  const value = useMemo(() => ({ live, ask }), [live]);
  return <LiveContext value={value}>{children}</LiveContext>;
}

/** The queue's state, pushed by the server at each change. */
export function useLive(): Live {
  return useLiveValue().live;
}

/** The same, and the rows that match, for as long as the component is there. */
export function useLiveRows(query: ListQuery): Live {
  const { live, ask } = useLiveValue();
  const key = JSON.stringify(query);
  useEffect(() => {
    ask(JSON.parse(key));
    return () => ask(undefined);
  }, [ask, key]);
  return live;
}

function useLiveValue(): LiveValue {
  const value = use(LiveContext);
  if (!value) throw new Error('Live data are for components inside of LiveProvider.');
  return value;
}

interface Heard {
  readonly data: AdminLive;
  readonly askedFor: string | undefined;
  readonly at: number;
  readonly clockOffsetMs: number;
}

function useStream(query: ListQuery | undefined): Live {
  const trpc = useTRPC();
  const isVisible = useIsVisible();
  const [last, setLast] = useState<Heard>();
  const askedFor = query && JSON.stringify(query);
  const receive = (data: AdminLive) => {
    const at = Date.now();
    setLast({ data, askedFor, at, clockOffsetMs: Date.parse(data.overview.at) - at });
  };
  const stream = useSubscription(
    trpc.admin.watch.subscriptionOptions(isVisible ? (query ? { list: query } : {}) : skipToken, {
      onData: receive,
    }),
  );
  const problem = stream.error ? problemOf(stream.error) : undefined;
  const isSignedOut = problem?.code === 'unauthorized' || problem?.code === 'forbidden';
  useEffect(() => {
    if (isSignedOut) window.location.assign('/admin/sign-in');
  }, [isSignedOut]);
  useReopen(stream.status === 'error' && !isSignedOut, stream.reset);

  const state = stateOf(isVisible, stream.status, stream.error !== null, last !== undefined);
  return useMemo(
    () => ({
      data: last?.data,
      askedFor: last?.askedFor,
      state,
      heardAt: last?.at,
      clockOffsetMs: last?.clockOffsetMs ?? 0,
    }),
    [last, state],
  );
}

function stateOf(isVisible: boolean, status: string, hasBroken: boolean, hasData: boolean): Live['state'] {
  if (!isVisible) return 'paused';
  if (hasData && (hasBroken || status === 'error')) return 'stale';
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

/**
 * The server's time, updated every second. For stale data the time stops, because a growing age would suggest that the
 * data is still updated.
 */
export function useServerNow(): number {
  const { state, heardAt, clockOffsetMs } = useLive();
  const now = useNow();
  return (state === 'stale' && heardAt !== undefined ? heardAt : now) + clockOffsetMs;
}

/** The browser's clock, read every second. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
