'use client';

import type { ReferencePage } from '@spillway/api';
import { useInfiniteQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { LocalTime } from '#components/local-time.tsx';
import { Button } from '#components/ui/button.tsx';
import { Card } from '#components/ui/card.tsx';
import { Skeleton } from '#components/ui/skeleton.tsx';
import { useTRPC } from '#trpc/client.tsx';
import { problemOf } from '#trpc/problem.ts';
import { Submission } from './submission.tsx';

/** The submission that carries a reference, or a list where several do. */
export function Referenced({ reference }: { readonly reference: string }) {
  const trpc = useTRPC();
  const query = useInfiniteQuery(
    trpc.admin.reference.infiniteQueryOptions(
      { reference },
      { retry: false, getNextPageParam: (page) => page.nextCursor },
    ),
  );
  const rows = query.data?.pages.flatMap((page) => page.rows) ?? [];
  const [first, ...others] = rows;
  if (first && others.length === 0) return <Submission name={first.id} />;
  if (first)
    return <Several rows={rows} more={query.hasNextPage ? () => void query.fetchNextPage() : undefined} />;
  if (!query.error) return <Skeleton className="h-40" />;
  return (
    <Card className="p-6">
      <h1 className="font-medium">No submission by this reference</h1>
      <p className="mt-1 text-sm text-ink-soft">
        {problemOf(query.error)?.detail ?? 'The server could not be reached.'}
      </p>
      <Button variant="outline" size="small" className="mt-4" onClick={() => void query.refetch()}>
        Try again
      </Button>
    </Card>
  );
}

interface SeveralProps {
  readonly rows: ReferencePage['rows'];
  /** Where there are more. */
  readonly more: (() => void) | undefined;
}

function Several({ rows, more }: SeveralProps) {
  return (
    <>
      <h1 className="text-xl font-semibold tracking-tight sm:text-2xl">Several submissions</h1>
      <p className="mt-2 mb-6 max-w-prose text-ink-soft">
        They carry the same reference. Senders choose their ids, and one may have copied another. The first
        received is on top: a copy comes later than its original.
      </p>
      <Card className="p-0">
        <ul className="divide-y divide-line">
          {rows.map(({ id, receivedAt, location }) => (
            <li key={id} className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-3 text-sm">
              <Link
                href={`/admin/submissions/${id}`}
                prefetch={false}
                className="font-mono break-all underline"
              >
                {id}
              </Link>
              <LocalTime at={receivedAt} />
              <span className="text-ink-soft">{location}</span>
            </li>
          ))}
        </ul>
      </Card>
      {more ? (
        <Button variant="outline" size="small" className="mt-4" onClick={more}>
          Show more
        </Button>
      ) : null}
    </>
  );
}
