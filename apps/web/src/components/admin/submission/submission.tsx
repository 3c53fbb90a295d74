'use client';

import type { DetailView } from '@spillway/api';
import { useQuery } from '@tanstack/react-query';
import { ArrowLeft } from 'lucide-react';
import Link from 'next/link';
import { CopyButton } from '#components/copy-button.tsx';
import { useServerNow } from '#components/admin/live.tsx';
import { LISTS } from '#components/admin/list/lists.ts';
import { StateBadge } from '#components/admin/list/state-badge.tsx';
import { Badge } from '#components/ui/badge.tsx';
import { Button } from '#components/ui/button.tsx';
import { Card } from '#components/ui/card.tsx';
import { Skeleton } from '#components/ui/skeleton.tsx';
import { shortId } from '#lib/words.ts';
import { useTRPC } from '#trpc/client.tsx';
import { problemOf } from '#trpc/problem.ts';
import { Facts } from './facts.tsx';
import { Payload } from './payload.tsx';
import { SubmissionActions } from './submission-actions.tsx';
import { Timeline } from './timeline.tsx';

const REFRESH_MS = 3_000;
/** Nothing more happens to these. */
const FINAL = new Set<DetailView['state']>(['processed', 'discarded']);

/**
 * Everything about one submission: its state, its history, its payload, and the possible actions.
 * `name`: its id, or its reference.
 */
export function Submission({ name }: { readonly name: string }) {
  const trpc = useTRPC();
  const query = useQuery(
    trpc.admin.submission.queryOptions(
      { id: name },
      {
        retry: false,
        refetchInterval: ({ state }) => (state.data && FINAL.has(state.data.state) ? false : REFRESH_MS),
      },
    ),
  );
  const now = useServerNow();
  const detail = query.data;
  const id = detail?.id ?? name;
  const isUnknown = problemOf(query.error)?.code === 'not-found';

  return (
    <>
      <div className="mb-6 grid gap-4">
        <Trail detail={detail} />
        <div className="flex flex-wrap items-center gap-x-4 gap-y-3">
          <h1 className="font-mono text-xl font-semibold tracking-tight sm:text-2xl">{shortId(id)}</h1>
          {detail ? <StateBadge row={detail} now={now} /> : null}
          {query.isError && detail ? <Badge tone="warn">Stale</Badge> : null}
          {detail ? (
            <div className="sm:ml-auto">
              <SubmissionActions detail={detail} onDone={() => void query.refetch()} />
            </div>
          ) : null}
        </div>
        <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-ink-soft">
          <span className="font-mono text-xs break-all select-all">{id}</span>
          <CopyButton text={id} label="Copy id" />
        </p>
      </div>
      {detail ? (
        <div className="grid items-start gap-5 lg:grid-cols-[minmax(0,1fr)_19rem]">
          <div className="grid min-w-0 gap-5 max-lg:order-2">
            <Timeline detail={detail} now={now} />
            <Payload text={detail.payload} />
          </div>
          <Facts detail={detail} />
        </div>
      ) : query.error ? (
        <Card className="p-6">
          <p className="font-medium">
            {isUnknown ? 'This submission was not found' : 'This submission cannot be shown right now'}
          </p>
          <p className="mt-1 text-sm text-ink-soft">
            {problemOf(query.error)?.detail ?? 'The server could not be reached.'}
          </p>
          <Button variant="outline" size="small" className="mt-4" onClick={() => void query.refetch()}>
            Try again
          </Button>
        </Card>
      ) : (
        <div className="grid gap-5" role="status" aria-label="Loading">
          <Skeleton className="h-40" />
          <Skeleton className="h-64" />
        </div>
      )}
    </>
  );
}

/** The link back to the list that holds the submission. */
function Trail({ detail }: { readonly detail: DetailView | undefined }) {
  const list = detail && listOf(detail);
  return (
    <nav aria-label="Where you are" className="text-sm text-ink-soft">
      {list ? (
        <Link
          href={list.path}
          prefetch={false}
          className="inline-flex items-center gap-1.5 rounded hover:text-ink hover:underline"
        >
          <ArrowLeft aria-hidden="true" className="size-4" />
          {list.title}
        </Link>
      ) : (
        'Submission'
      )}
    </nav>
  );
}

function listOf({ state, heldBy }: DetailView) {
  if (state === 'failed') return LISTS.dead;
  if (FINAL.has(state)) return LISTS.processed;
  if (heldBy.includes('postgres')) return LISTS.postgres;
  return heldBy.includes('redis') ? LISTS.redis : undefined;
}
