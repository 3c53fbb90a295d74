'use client';

import type { LedgerView } from '@spillway/api';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useMay } from '#components/admin/me.tsx';
import { Button } from '#components/ui/button.tsx';
import { Card } from '#components/ui/card.tsx';
import { cn } from '#lib/cn.ts';
import { count, countOf } from '#lib/words.ts';
import { useTRPC } from '#trpc/client.tsx';
import { problemOf } from '#trpc/problem.ts';

const EVERY_MS = 400;
const AT_A_TIME = 1000;

/** The state of every id that the sandbox has sent, looked up repeatedly in both stores. */
export function Ledger() {
  const trpc = useTRPC();
  const { data, error } = useQuery(
    trpc.sandbox.ledger.queryOptions(undefined, { refetchInterval: EVERY_MS, retry: false }),
  );
  return (
    <Card aria-labelledby="ledger-title" className="p-5">
      <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
        <div>
          <h2 id="ledger-title" className="text-lg font-semibold tracking-tight">
            Ledger
          </h2>
          <p className="text-sm text-ink-soft">
            All submissions sent from here since the web server started.
          </p>
        </div>
        <SendButton />
      </div>
      <Figures ledger={data} />
      {data ? <Bar ledger={data} /> : null}
      <p className="mt-4 text-sm text-ink-soft tabular-nums">
        {data ? <Verdict ledger={data} /> : null}
        {error ? (problemOf(error)?.detail ?? 'The server cannot be reached right now.') : null}
      </p>
    </Card>
  );
}

function SendButton() {
  const trpc = useTRPC();
  const send = useMutation(trpc.sandbox.send.mutationOptions());
  if (!useMay('operator'))
    return <p className="text-sm text-ink-soft">Sending requires the role operator.</p>;
  return (
    <Button onClick={() => send.mutate({ count: AT_A_TIME })}>Send {count(AT_A_TIME)} submissions</Button>
  );
}

function Figures({ ledger }: { ledger: LedgerView | undefined }) {
  const cells = [
    ['Accepted', ledger?.accepted],
    ['Waiting', ledger?.waiting],
    ['Processed', ledger?.processed],
    ['Dead', ledger?.dead],
  ] as const;
  return (
    <dl className="mt-5 grid grid-cols-2 gap-x-6 gap-y-4 sm:grid-cols-5">
      {cells.map(([label, value]) => (
        <div key={label}>
          <dt className="text-sm text-ink-soft">{label}</dt>
          <dd className="text-3xl font-semibold tracking-tight tabular-nums">
            {value === undefined ? '–' : count(value)}
          </dd>
        </div>
      ))}
      <div className="max-sm:col-span-2">
        <dt className="text-sm text-ink-soft">Lost</dt>
        <dd
          className={cn(
            'font-semibold tracking-tight tabular-nums',
            ledger?.lost === undefined ? 'text-base leading-9' : 'text-3xl',
            ledger?.lost === 0 && 'text-good',
            ledger?.lost !== undefined && ledger.lost > 0 && 'text-bad',
          )}
        >
          {ledger === undefined ? '–' : ledger.lost === undefined ? 'unknown' : count(ledger.lost)}
        </dd>
      </div>
    </dl>
  );
}

/** What became of all that was accepted, in parts of the whole. */
function Bar({ ledger }: { ledger: LedgerView }) {
  const parts = [
    ['processed', ledger.processed, 'bg-good'],
    ['waiting', ledger.waiting, 'bg-accent'],
    ['dead', ledger.dead, 'bg-signal'],
    ['unaccounted', ledger.unaccounted, ledger?.lost === undefined ? 'bg-line-strong' : 'bg-bad'],
  ] as const;
  return (
    <div aria-hidden="true" className="mt-4 flex h-2.5 overflow-hidden rounded-full bg-sunken">
      {parts.map(([name, value = 0, color]) => (
        <span
          key={name}
          className={cn('transition-[flex-grow] duration-300', color)}
          style={{ flexGrow: value }}
        />
      ))}
    </div>
  );
}

const STORES = { redis: 'Redis', postgres: 'Postgres' } as const;

function Verdict({ ledger }: { ledger: LedgerView }) {
  const { isSending, accepted, sent, refused, unanswered, sentAgain, unasked, unaccounted, lost } = ledger;
  const away = unasked.map((store) => STORES[store]).join(' and ');
  const parts = [
    isSending
      ? `Sending, ${count(sent)} so far.`
      : accepted > 0
        ? `All ${count(sent)} sent.`
        : 'Nothing was sent yet.',
    lost === undefined &&
      `${away} cannot be reached, and ${count(unaccounted)} submissions are in no other store: they count neither as lost nor as safe.`,
    lost === 0 && accepted > 0 && 'Every submission with a receipt is accounted for.',
    lost !== undefined &&
      lost > 0 &&
      `${countOf(lost, 'submission')} not found: being sent again with the same id.`,
    refused > 0 && `${count(refused)} were refused at once and got no receipt.`,
    unanswered > 0 && `${count(unanswered)} got no answer, and no receipt.`,
    sentAgain > 0 && `${count(sentAgain)} were sent again after a store lost them.`,
  ];
  return <>{parts.filter(Boolean).join(' ')}</>;
}
