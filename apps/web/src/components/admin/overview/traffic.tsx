'use client';

import type { FlowRange, FlowView } from '@spillway/api';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import dynamic from 'next/dynamic';
import { parseAsBoolean, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { Button } from '#components/ui/button.tsx';
import { Card } from '#components/ui/card.tsx';
import { Skeleton } from '#components/ui/skeleton.tsx';
import { cn } from '#lib/cn.ts';
import { useTRPC } from '#trpc/client.tsx';
import { problemOf } from '#trpc/problem.ts';
import { SERIES, summaryOf, toRates } from './rates.ts';
import { TrafficTable } from './traffic-table.tsx';

// A chart has its size from the window, so the server has nothing to draw; and it is the page's largest part.
const TrafficChart = dynamic(() => import('./traffic-chart.tsx').then((module) => module.TrafficChart), {
  ssr: false,
  loading: () => <Skeleton className="h-full" />,
});

const RANGES = ['1h', '24h', '7d'] as const satisfies readonly FlowRange[];
const WORDS = { '1h': '1 hour', '24h': '24 hours', '7d': '7 days' } as const;
const EVERY_MS = 10_000;

/** Accepted submissions by store, and settled ones, over time. The address holds the range and the form. */
export function Traffic() {
  const [{ range, table }, set] = useQueryStates({
    range: parseAsStringLiteral(RANGES).withDefault('1h'),
    table: parseAsBoolean.withDefault(false),
  });
  const trpc = useTRPC();
  const { data, error } = useQuery(
    trpc.admin.flow.queryOptions(
      { range },
      { refetchInterval: EVERY_MS, placeholderData: keepPreviousData, retry: false },
    ),
  );
  return (
    <Card aria-labelledby="traffic-title" className="p-5">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-3">
        <div className="mr-auto">
          <h2 id="traffic-title" className="text-lg font-semibold tracking-tight">
            Submissions per minute
          </h2>
          <Legend />
        </div>
        <div role="group" aria-label="Range" className="flex rounded-lg border border-line p-0.5">
          {RANGES.map((one) => (
            <button
              key={one}
              type="button"
              aria-pressed={one === range}
              onClick={() => void set({ range: one })}
              className={cn(
                'min-h-8 min-w-11 cursor-pointer rounded-md px-2.5 text-sm tabular-nums',
                one === range
                  ? 'bg-accent-soft font-semibold text-accent-strong'
                  : 'text-ink-soft hover:text-ink',
              )}
            >
              {one}
            </button>
          ))}
        </div>
        <Button variant="outline" size="small" onClick={() => void set({ table: !table })}>
          {table ? 'Show as chart' : 'Show as table'}
        </Button>
      </div>
      <div className={cn('mt-4', !table && 'h-56')}>
        {data ? <Shown flow={data} range={range} isTable={table} /> : <Skeleton className="h-56" />}
      </div>
      <p role="status" className="mt-3 text-sm text-warn empty:hidden">
        {error
          ? `${problemOf(error)?.detail ?? 'The server cannot be reached.'} The counts are kept and appear again.`
          : null}
      </p>
    </Card>
  );
}

function Shown({ flow, range, isTable }: { flow: FlowView; range: FlowRange; isTable: boolean }) {
  const rates = toRates(flow);
  if (isTable) return <TrafficTable rates={rates} range={range} />;
  return (
    <div role="img" aria-label={summaryOf(rates, WORDS[range])} className="h-full">
      <TrafficChart rates={rates} range={range} />
    </div>
  );
}

function Legend() {
  return (
    <ul className="mt-1 flex flex-wrap gap-x-4 gap-y-1 text-xs text-ink-soft">
      {SERIES.map(({ key, label, swatch }) => (
        <li key={key} className="flex items-center gap-1.5">
          <span aria-hidden="true" className={cn('inline-block w-3', swatch)} />
          {label}
        </li>
      ))}
      <li className="flex items-center gap-1.5">
        <span aria-hidden="true" className="inline-block size-3 bg-sunken ring-1 ring-line ring-inset" />
        Not counted
      </li>
    </ul>
  );
}
