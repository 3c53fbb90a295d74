import type { DetailView } from '@spillway/api';
import Link from 'next/link';
import type { ReactNode } from 'react';
import { LocalTime } from '#components/local-time.tsx';
import { Card } from '#components/ui/card.tsx';
import { reasonOf, whereItIs } from '#lib/states.ts';
import { bytes, count, shortId } from '#lib/words.ts';

/** The facts about one submission, as a list. */
export function Facts({ detail }: { readonly detail: DetailView }) {
  const { acceptedAt, runAt, settledAt, conflictsWith, payload } = detail;
  return (
    <Card aria-label="Facts" className="p-5">
      <dl className="grid grid-cols-2 gap-x-6 gap-y-4 text-sm lg:grid-cols-1">
        <Fact name="Form">{detail.form}</Fact>
        <Fact name="Where">{whereItIs(detail)}</Fact>
        <Fact name="Received">{acceptedAt && <LocalTime at={acceptedAt} />}</Fact>
        <Fact name="Not before">{runAt && <LocalTime at={runAt} />}</Fact>
        <Fact name="Settled">{settledAt && <LocalTime at={settledAt} />}</Fact>
        <Fact name="Attempts">{count(detail.attempts)}</Fact>
        <Fact name="Claimed by">{detail.worker}</Fact>
        <Fact name="Times retried by an operator">
          {detail.generation > 1 ? count(detail.generation - 1) : undefined}
        </Fact>
        <Fact name="Why it is in Postgres">{reasonOf(detail.reason)}</Fact>
        <Fact name="Its id was used before by">
          {conflictsWith && (
            <Link
              href={`/admin/submissions/${conflictsWith}`}
              prefetch={false}
              className="font-mono text-accent-strong hover:underline"
            >
              {shortId(conflictsWith)}
            </Link>
          )}
        </Fact>
        <Fact name="Size">{payload === undefined ? undefined : bytes(new Blob([payload]).size)}</Fact>
      </dl>
    </Card>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  if (children === undefined || children === '') return null;
  return (
    <div className="min-w-0">
      <dt className="text-xs text-ink-soft">{name}</dt>
      <dd className="mt-0.5 break-words tabular-nums">{children}</dd>
    </div>
  );
}
