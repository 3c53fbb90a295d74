import type { AdminOverview, ListName } from '@spillway/api';
import { Clock, Unplug } from 'lucide-react';
import type { ReactNode } from 'react';
import { LocalTime } from '#components/local-time.tsx';
import { Button } from '#components/ui/button.tsx';
import { Skeleton } from '#components/ui/skeleton.tsx';
import type { UsedFilter } from './filter.ts';
import { LISTS } from './lists.ts';

/** The search ran out of time. The filters above stay usable: they are the way out. */
export function TimedOut({
  found,
  nextCursor,
  onGoOn,
}: {
  readonly found: number;
  readonly nextCursor: string | undefined;
  readonly onGoOn: (cursor: string) => void;
}) {
  return (
    <Banner icon={<Clock aria-hidden="true" />} title="The search timed out">
      <p>
        {found === 0
          ? 'Nothing was found in the part that was searched.'
          : 'These are the matches in the part that was searched.'}{' '}
        Filter by form or time, or continue the search from there.
      </p>
      {nextCursor === undefined ? null : (
        <Button variant="outline" size="small" className="mt-3" onClick={() => onGoOn(nextCursor)}>
          Continue the search
        </Button>
      )}
    </Banner>
  );
}

const STORES = { redis: 'Redis', postgres: 'Postgres' } as const;

/** The list's store does not answer. The earlier rows may still be shown below. */
export function Away({
  list,
  overview,
  hasRows,
}: {
  readonly list: ListName;
  readonly overview: AdminOverview;
  readonly hasRows: boolean;
}) {
  const name = list === 'redis' ? 'redis' : 'postgres';
  const store = overview[name];
  if (store.state === 'absent') {
    return (
      <Banner icon={<Unplug aria-hidden="true" />} title={`${STORES[name]} is not configured`}>
        <p>All submissions go through the other store.</p>
      </Banner>
    );
  }
  return (
    <Banner icon={<Unplug aria-hidden="true" />} title={`${STORES[name]} cannot be reached right now`}>
      <p>
        {hasRows ? 'The rows below are the last known ones. ' : ''}
        The list updates automatically when it answers.
        {store.state === 'down' ? (
          <>
            {' '}
            Away since <LocalTime at={store.since} />.
          </>
        ) : null}
      </p>
      {store.lastError === undefined ? null : (
        <p className="mt-1 font-mono text-xs break-words">{store.lastError}</p>
      )}
    </Banner>
  );
}

function Banner({
  icon,
  title,
  children,
}: {
  readonly icon: ReactNode;
  readonly title: string;
  readonly children: ReactNode;
}) {
  return (
    <div
      role="status"
      className="flex gap-3 border-t border-line bg-warn-soft px-5 py-4 text-sm [&>svg]:mt-0.5 [&>svg]:size-4 [&>svg]:shrink-0 [&>svg]:text-warn"
    >
      {icon}
      <div className="min-w-0">
        <p className="font-medium text-warn">{title}</p>
        <div className="mt-0.5 text-ink">{children}</div>
      </div>
    </div>
  );
}

export function Empty({ list, used }: { readonly list: ListName; readonly used: UsedFilter }) {
  const { title, text } = LISTS[list].empty;
  return (
    <div className="border-t border-line px-5 py-16 text-center">
      <p className="font-medium">{used.isFiltered ? 'Nothing matches these filters' : title}</p>
      <p className="mx-auto mt-1 max-w-md text-sm text-ink-soft">
        {used.isFiltered ? 'Clear them to see all of the list.' : text}
      </p>
      {used.isFiltered ? (
        <Button variant="outline" size="small" className="mt-4" onClick={used.clear}>
          Clear the filters
        </Button>
      ) : null}
    </div>
  );
}

export function Loading() {
  return (
    <div className="grid gap-3 border-t border-line p-5" role="status" aria-label="Loading">
      {[1, 2, 3, 4, 5, 6].map((row) => (
        <Skeleton key={row} className="h-6" />
      ))}
    </div>
  );
}
