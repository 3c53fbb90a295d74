'use client';

import type { DetailView } from '@spillway/api';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import { CopyButton } from '#components/copy-button.tsx';
import { LocalTime } from '#components/local-time.tsx';
import { Badge } from '#components/ui/badge.tsx';
import { Button } from '#components/ui/button.tsx';
import { Sheet } from '#components/ui/sheet.tsx';
import { Skeleton } from '#components/ui/skeleton.tsx';
import { parseTree } from '#lib/json-tree.ts';
import { reasonOf, whereItIs } from '#lib/states.ts';
import { shortId } from '#lib/words.ts';
import { useTRPC } from '#trpc/client.tsx';
import { problemOf } from '#trpc/problem.ts';
import { JsonTree } from './json-tree.tsx';

/** All that is known of one submission, with its payload, beside the table. */
export function Viewer({ id, onClose }: { id: string | undefined; onClose: () => void }) {
  return (
    <Sheet
      open={id !== undefined}
      onClose={onClose}
      title={id === undefined ? '' : shortId(id)}
      description={<span className="font-mono text-xs break-all">{id}</span>}
    >
      {id === undefined ? null : <Detail id={id} />}
    </Sheet>
  );
}

function Detail({ id }: { id: string }) {
  const trpc = useTRPC();
  const query = useQuery(trpc.admin.submission.queryOptions({ id }, { retry: false }));
  if (query.data) return <Facts detail={query.data} />;
  if (query.error) {
    return (
      <div>
        <p className="font-medium">It cannot be shown right now</p>
        <p className="mt-1 text-sm text-ink-soft">
          {problemOf(query.error)?.detail ?? 'The server could not be reached.'}
        </p>
        <Button variant="outline" size="small" className="mt-4" onClick={() => void query.refetch()}>
          Try again
        </Button>
      </div>
    );
  }
  return (
    <div className="grid gap-3" aria-label="Loading">
      <Skeleton className="h-5 w-1/2" />
      <Skeleton className="h-5 w-2/3" />
      <Skeleton className="h-40" />
    </div>
  );
}

function Facts({ detail }: { detail: DetailView }) {
  return (
    <>
      <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-2 text-sm">
        <Fact name="State">
          <Badge tone={detail.state === 'failed' ? 'bad' : 'accent'}>{detail.state}</Badge>
        </Fact>
        <Fact name="Form">{detail.form}</Fact>
        <Fact name="Kept">{whereItIs(detail)}</Fact>
        <Fact name="Received">{detail.acceptedAt && <LocalTime at={detail.acceptedAt} />}</Fact>
        <Fact name="Not before">{detail.runAt && <LocalTime at={detail.runAt} />}</Fact>
        <Fact name="Settled">{detail.settledAt && <LocalTime at={detail.settledAt} />}</Fact>
        <Fact name="Attempts">{detail.attempts}</Fact>
        <Fact name="Why it was there">{reasonOf(detail.reason)}</Fact>
        <Fact name="Error">{detail.error}</Fact>
        <Fact name="Conflicts with">{detail.conflictsWith}</Fact>
      </dl>
      <Payload text={detail.payload} />
      {detail.history.length > 0 ? <History history={detail.history} /> : null}
    </>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  if (children === undefined || children === '') return null;
  return (
    <>
      <dt className="text-ink-soft">{name}</dt>
      <dd className="min-w-0 break-words tabular-nums">{children}</dd>
    </>
  );
}

function Payload({ text }: { text: string | undefined }) {
  const [asText, setAsText] = useState(false);
  const tree = useMemo(() => (text === undefined ? undefined : parseTree(text)), [text]);
  return (
    <section className="mt-7">
      <div className="flex items-center justify-between gap-3">
        <h3 className="font-semibold">Payload</h3>
        {text === undefined ? null : (
          <div className="flex gap-2">
            {tree ? (
              <Button variant="quiet" size="small" onClick={() => setAsText(!asText)}>
                {asText ? 'Show as tree' : 'Show as text'}
              </Button>
            ) : null}
            <CopyButton text={text} />
          </div>
        )}
      </div>
      <div className="mt-3 rounded-lg border border-line bg-paper p-4">
        {text === undefined ? (
          <p className="text-sm text-ink-soft">
            No store keeps it any more: once processed, it is in what the handler wrote.
          </p>
        ) : tree && !asText ? (
          <JsonTree value={tree.root} />
        ) : (
          <pre className="font-mono text-[13px] leading-6 break-all whitespace-pre-wrap">{text}</pre>
        )}
      </div>
    </section>
  );
}

function History({ history }: Pick<DetailView, 'history'>) {
  return (
    <section className="mt-7">
      <h3 className="font-semibold">Attempts that failed</h3>
      <ol className="mt-3 grid gap-3 text-sm">
        {history.map((entry) => (
          <li key={entry.attempt} className="border-l-2 border-line pl-4">
            <p className="text-ink-soft tabular-nums">
              Attempt {entry.attempt}, <LocalTime at={entry.at} />
            </p>
            <p className="mt-0.5 font-mono text-xs break-words">{entry.error}</p>
          </li>
        ))}
      </ol>
    </section>
  );
}
