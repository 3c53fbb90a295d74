'use client';

import type { AuditEntry } from '@spillway/api';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { parseAsString, useQueryStates } from 'nuqs';
import { AdminHead } from '#components/admin/admin-head.tsx';
import { LocalTime } from '#components/local-time.tsx';
import { Badge } from '#components/ui/badge.tsx';
import { Button } from '#components/ui/button.tsx';
import { Card } from '#components/ui/card.tsx';
import { Failure } from '#components/ui/confirm.tsx';
import { Skeleton } from '#components/ui/skeleton.tsx';
import { shortId } from '#lib/words.ts';
import { useTRPC } from '#trpc/client.tsx';
import { AuditFilters } from './audit-filters.tsx';
import { filterInWords, labelOf } from './words.ts';

const EVERY_MS = 10_000;

/** The audit log, latest entries first. The address holds the filters and the page. */
export function Audit() {
  const [values, setValues] = useQueryStates(
    { action: parseAsString, by: parseAsString, submission: parseAsString, page: parseAsString },
    { history: 'push' },
  );
  const trpc = useTRPC();
  const { data, error } = useQuery(
    trpc.admin.audit.queryOptions(
      {
        ...(values.action !== null && { action: values.action }),
        ...(values.by !== null && { by: values.by }),
        ...(values.submission !== null && { submissionId: values.submission }),
        ...(values.page !== null && { cursor: values.page }),
      },
      { refetchInterval: EVERY_MS, placeholderData: keepPreviousData, retry: false },
    ),
  );
  const isFiltered = values.action !== null || values.by !== null || values.submission !== null;
  return (
    <>
      <AdminHead title="Audit log">
        One entry for each operation and each submission that it changed. Entries are added, and never changed
        or taken away.
      </AdminHead>
      <Card aria-label="Audit log">
        <AuditFilters values={values} onChange={(change) => void setValues({ ...change, page: null })} />
        {error ? (
          <div className="px-5 pb-5">
            <Failure error={error} />
          </div>
        ) : null}
        {data ? (
          <Entries entries={data.entries} isFiltered={isFiltered} />
        ) : error ? null : (
          <Skeleton className="m-5 h-40" />
        )}
        {values.page !== null || data?.nextCursor !== undefined ? (
          <div className="flex justify-end gap-2 border-t border-line px-5 py-3">
            {values.page === null ? null : (
              <Button variant="outline" size="small" onClick={() => void setValues({ page: null })}>
                Latest
              </Button>
            )}
            {data?.nextCursor === undefined ? null : (
              <Button
                variant="outline"
                size="small"
                onClick={() => void setValues({ page: data.nextCursor ?? null })}
              >
                Earlier
              </Button>
            )}
          </div>
        ) : null}
      </Card>
    </>
  );
}

function Entries({ entries, isFiltered }: { entries: readonly AuditEntry[]; isFiltered: boolean }) {
  if (entries.length === 0) {
    return (
      <p className="border-t border-line px-5 py-14 text-center text-ink-soft">
        {isFiltered ? 'Nothing matches these filters.' : 'No entries yet.'}
      </p>
    );
  }
  return (
    <ol className="border-t border-line text-sm">
      {entries.map((entry) => (
        <li
          key={entry.id}
          className="grid gap-x-5 gap-y-1 border-b border-line/70 px-5 py-3 last:border-b-0 md:grid-cols-[11.5rem_minmax(9rem,14rem)_8.5rem_1fr]"
        >
          <span className="text-ink-soft">
            <LocalTime at={entry.at} />
          </span>
          <span className="truncate" title={entry.by}>
            {entry.by}
          </span>
          <Badge className="justify-self-start self-start">{labelOf(entry.action)}</Badge>
          <About entry={entry} />
        </li>
      ))}
    </ol>
  );
}

function About({ entry: { submissionId, operationId, filter, result } }: { entry: AuditEntry }) {
  const link = 'font-mono text-accent-strong hover:underline';
  return (
    <p className="min-w-0 break-words text-ink-soft">
      {submissionId ? (
        <Link
          href={`/admin/submissions/${submissionId}`}
          prefetch={false}
          className={link}
          title={submissionId}
        >
          {shortId(submissionId)}
        </Link>
      ) : null}
      {filter ? filterInWords(filter) : null}
      {submissionId || filter ? ': ' : null}
      <span className="text-ink">{result}</span>
      {operationId ? (
        <>
          {' '}
          <Link href="/admin/operations" prefetch={false} className="hover:underline">
            (operation)
          </Link>
        </>
      ) : null}
    </p>
  );
}
