'use client';

import type { AdminOverview } from '@spillway/api';
import Link from 'next/link';
import { Card } from '#components/ui/card.tsx';
import { Skeleton } from '#components/ui/skeleton.tsx';
import { count, duration } from '#lib/words.ts';
import { Flow } from './flow.tsx';
import { StatusSentence } from './status-sentence.tsx';
import { StoreCard } from './store-card.tsx';
import { Traffic } from './overview/traffic.tsx';
import { Workers } from './overview/workers.tsx';
import { AdminHead } from './admin-head.tsx';
import { countedOutcome } from './destinations.ts';
import { useLive, useServerNow } from './live.tsx';

/** The state of the system: one sentence, each store, counts. */
export function Dashboard() {
  const live = useLive();
  const now = useServerNow();
  const overview = live.data?.overview;

  return (
    <>
      <AdminHead title="Overview" />
      {overview ? <Overview overview={overview} now={now} /> : <Loading />}
    </>
  );
}

function Overview({ overview, now }: { overview: AdminOverview; now: number }) {
  const { redis, postgres, accepting, workingFrom } = overview;
  return (
    <>
      <StatusSentence />
      <div className="mt-8">
        <Flow overview={overview} />
      </div>
      <div className="mt-6 grid gap-5 lg:grid-cols-2">
        <StoreCard
          store={redis}
          now={now}
          isAccepting={accepting === 'redis'}
          isWorkedFrom={workingFrom === 'redis'}
        />
        <StoreCard
          store={postgres}
          now={now}
          isAccepting={accepting === 'postgres'}
          isWorkedFrom={workingFrom === 'postgres'}
        />
      </div>
      <div className="mt-5 grid grid-cols-1 gap-5">
        <Counts overview={overview} now={now} />
        <Traffic />
        <Workers overview={overview} now={now} />
      </div>
    </>
  );
}

function Counts({ overview, now }: { overview: AdminOverview; now: number }) {
  const { outcomes, workers, oldestWaitingAt, unpushed, postgres } = overview;
  const settled = (result: 'done' | 'dead' | 'discarded') => {
    const counted = outcomes && countedOutcome(outcomes, result);
    return counted && `${count(counted.value)}${counted.capped ? '+' : ''}`;
  };
  const cells = [
    ['Processed', settled('done')],
    ['Dead', settled('dead')],
    ['Discarded', settled('discarded')],
    ['Not in Redis', unpushed === undefined ? undefined : count(unpushed)],
    [
      'Oldest waiting',
      oldestWaitingAt ? <Oldest ms={now - Date.parse(oldestWaitingAt)} /> : postgres.depth && 'none',
    ],
    ['Workers running', workers && count(workers.length)],
  ] as const;
  return (
    <Card aria-label="Counts" className="px-5 py-4">
      <dl className="grid grid-cols-2 gap-x-6 gap-y-4 sm:grid-cols-3 lg:grid-cols-6">
        {cells.map(([label, value]) => (
          <div key={label}>
            <dt className="text-xs text-ink-soft">{label}</dt>
            <dd className="text-xl font-semibold whitespace-nowrap tabular-nums">
              {value ?? <span className="text-sm font-normal text-ink-soft">unknown</span>}
            </dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}

/** The list begins with the submission that is due first. */
function Oldest({ ms }: { ms: number }) {
  return (
    <Link href="/admin/waiting" prefetch={false} className="rounded underline underline-offset-4">
      {duration(ms)}
    </Link>
  );
}

function Loading() {
  return (
    <div className="mt-3" aria-label="Loading">
      <Skeleton className="h-9 w-80 max-w-full" />
      <div className="mt-8 grid gap-5 lg:grid-cols-2">
        <Skeleton className="h-52 rounded-xl" />
        <Skeleton className="h-52 rounded-xl" />
      </div>
    </div>
  );
}
