'use client';

import type { Operation } from '@spillway/api';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { AdminHead } from '#components/admin/admin-head.tsx';
import { useServerNow } from '#components/admin/live.tsx';
import { useMay } from '#components/admin/me.tsx';
import { Busy } from '#components/form/notice.tsx';
import { LocalTime } from '#components/local-time.tsx';
import { Badge } from '#components/ui/badge.tsx';
import type { Tone } from '#components/ui/badge.tsx';
import { Button } from '#components/ui/button.tsx';
import { Card } from '#components/ui/card.tsx';
import { Skeleton } from '#components/ui/skeleton.tsx';
import { duration } from '#lib/words.ts';
import { useTRPC } from '#trpc/client.tsx';
import { problemOf } from '#trpc/problem.ts';
import { ACTIONS, targetOf } from './actions.ts';
import { ProgressBar } from './operation-progress.tsx';

const BUSY_MS = 1_000;
const CALM_MS = 5_000;

/** The operations over many submissions: progress, operator, result, and a button to cancel. */
export function Operations() {
  const trpc = useTRPC();
  const query = useQuery(
    trpc.admin.operations.queryOptions(undefined, {
      retry: false,
      refetchInterval: ({ state }) => (state.data?.some(isRunning) ? BUSY_MS : CALM_MS),
    }),
  );
  return (
    <>
      <AdminHead title="Operations">
        Actions on many submissions, with their progress. They continue when you close the page.
      </AdminHead>
      {query.error ? (
        <p role="alert" className="mb-4 rounded-xl bg-warn-soft px-5 py-3 text-sm text-warn">
          {problemOf(query.error)?.detail ?? 'The server could not be reached.'}
          {query.data ? ' This is the last known state.' : ''}
        </p>
      ) : null}
      {query.data ? <List operations={query.data} /> : query.error ? null : <Loading />}
    </>
  );
}

function isRunning({ state }: Operation): boolean {
  return state === 'running';
}

function List({ operations }: { readonly operations: readonly Operation[] }) {
  if (operations.length === 0) {
    return (
      <Card className="px-5 py-16 text-center">
        <p className="font-medium">No operations yet</p>
        <p className="mx-auto mt-1 max-w-md text-sm text-ink-soft">
          Choose rows of a list, or all that match its filters; actions on them appear here.
        </p>
      </Card>
    );
  }
  return (
    <ul className="grid gap-3">
      {operations.map((operation) => (
        <li key={operation.id}>
          <Item operation={operation} />
        </li>
      ))}
    </ul>
  );
}

const STATES: Record<Operation['state'], { readonly label: string; readonly tone: Tone }> = {
  running: { label: 'Running', tone: 'accent' },
  done: { label: 'Done', tone: 'good' },
  cancelled: { label: 'Stopped', tone: 'neutral' },
  failed: { label: 'Failed', tone: 'bad' },
  interrupted: { label: 'Interrupted', tone: 'warn' },
};

function Item({ operation }: { readonly operation: Operation }) {
  const { action, target, by, startedAt, endedAt, state } = operation;
  const now = useServerNow();
  const { label, tone } = STATES[state];
  const tookMs = (endedAt === undefined ? now : Date.parse(endedAt)) - Date.parse(startedAt);
  return (
    <Card aria-label={`${ACTIONS[action].verb}: ${targetOf(target)}`} className="p-5">
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="min-w-0">
          <p className="flex flex-wrap items-center gap-2">
            <span className="font-semibold">{ACTIONS[action].verb}</span>
            <Badge tone={tone}>{label}</Badge>
          </p>
          <p className="mt-1 text-sm break-words">{targetOf(target)}</p>
          <p className="mt-1 text-sm text-ink-soft tabular-nums">
            {by}, <LocalTime at={startedAt} />, {duration(tookMs)}
          </p>
        </div>
        {state === 'running' ? <Stop id={operation.id} /> : null}
      </div>
      <div className="mt-4">
        <ProgressBar operation={operation} />
      </div>
    </Card>
  );
}

function Stop({ id }: { readonly id: string }) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const cancel = useMutation(
    trpc.admin.cancel.mutationOptions({
      onSuccess: () => client.invalidateQueries(trpc.admin.operations.queryFilter()),
    }),
  );
  if (!useMay('operator')) return null;
  return (
    <div className="grid justify-items-end gap-1">
      <Button
        variant="outline"
        size="small"
        aria-disabled={cancel.isPending}
        onClick={() => cancel.isPending || cancel.mutate({ id })}
      >
        {cancel.isPending ? <Busy>Stopping…</Busy> : 'Stop here'}
      </Button>
      {cancel.error ? (
        <p role="alert" className="text-sm text-bad">
          {problemOf(cancel.error)?.detail ?? 'The server could not be reached.'}
        </p>
      ) : null}
    </div>
  );
}

function Loading() {
  return (
    <div className="grid gap-3" role="status" aria-label="Loading">
      {[1, 2, 3].map((row) => (
        <Skeleton key={row} className="h-28" />
      ))}
    </div>
  );
}
