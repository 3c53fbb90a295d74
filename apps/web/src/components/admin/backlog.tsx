'use client';

import type { ListPage } from '@spillway/api';
import { forms } from '@spillway/forms';
import { useState } from 'react';
import { Button } from '#components/ui/button.tsx';
import { Card } from '#components/ui/card.tsx';
import { Select } from '#components/ui/input.tsx';
import { Skeleton } from '#components/ui/skeleton.tsx';
import { countOf } from '#lib/words.ts';
import { BacklogTable } from './backlog-table.tsx';
import { AGES, isAge } from './filter.ts';
import type { useBacklogFilter } from './filter.ts';
import { useHeld } from './held.ts';
import { RecoverButton } from './recover-button.tsx';

interface BacklogProps {
  readonly page: ListPage | undefined;
  /** False until the first answer: then a missing page means that Postgres cannot be asked. */
  readonly isLoaded: boolean;
  /** By the server's clock. */
  readonly now: number;
  readonly filter: ReturnType<typeof useBacklogFilter>;
  readonly onOpen: (id: string) => void;
}

/** What waits in Postgres, oldest first: filters, a page of rows, and the way to the next. */
export function Backlog({ page, isLoaded, now, filter, onOpen }: BacklogProps) {
  const [isPointed, setPointed] = useState(false);
  const [isFocused, setFocused] = useState(false);
  const isHeld = isPointed || isFocused;
  const { rows, news } = useHeld(page, isHeld);
  const { values } = filter;
  const isFiltered = values.form !== null || values.age !== null;

  return (
    <Card aria-labelledby="backlog-title" className="mt-6">
      <div className="flex flex-wrap items-end gap-x-3 gap-y-4 p-5">
        <div className="mr-auto">
          <h2 id="backlog-title" className="text-lg font-semibold tracking-tight">
            Waiting in Postgres
          </h2>
          <p className="text-sm text-ink-soft tabular-nums">
            {page
              ? `${countOf(page.matching ?? page.rows.length, 'submission', page.capped)}, oldest first`
              : 'The fallback backlog'}
          </p>
        </div>
        <Filters filter={filter} />
        <RecoverButton />
      </div>
      {page ? (
        <div
          onPointerEnter={() => setPointed(true)}
          onPointerLeave={() => setPointed(false)}
          onFocus={() => setFocused(true)}
          onBlur={() => setFocused(false)}
        >
          {rows.length > 0 ? (
            <BacklogTable rows={rows} now={now} onOpen={onOpen} />
          ) : (
            <Empty isFiltered={isFiltered} />
          )}
        </div>
      ) : (
        <NoPage isLoaded={isLoaded} />
      )}
      <Footer news={isHeld ? news : 0} nextCursor={page?.nextCursor} filter={filter} />
    </Card>
  );
}

interface FooterProps extends Pick<BacklogProps, 'filter'> {
  readonly news: number;
  readonly nextCursor: string | undefined;
}

function Footer({ news, nextCursor, filter: { values, setValues } }: FooterProps) {
  if (news === 0 && values.page === null && nextCursor === undefined) return null;
  return (
    <div className="flex min-h-14 flex-wrap items-center justify-between gap-3 border-t border-line px-5 py-2.5">
      <p className="text-sm text-ink-soft tabular-nums">
        {news > 0 ? `${countOf(news, 'new row')} held back while you are in the table` : null}
      </p>
      <div className="flex gap-2">
        {values.page === null ? null : (
          <Button variant="outline" size="small" onClick={() => void setValues({ page: null })}>
            First page
          </Button>
        )}
        {nextCursor === undefined ? null : (
          <Button variant="outline" size="small" onClick={() => void setValues({ page: nextCursor })}>
            Next page
          </Button>
        )}
      </div>
    </div>
  );
}

function Filters({ filter: { values, setValues } }: Pick<BacklogProps, 'filter'>) {
  const compact = 'h-10 text-sm py-0';
  return (
    <div className="grid w-full grid-cols-2 items-end gap-3 sm:flex sm:w-auto">
      <label className="text-sm text-ink-soft">
        Form
        <Select
          className={compact}
          value={values.form ?? ''}
          onChange={(event) => void setValues({ form: event.target.value || null, page: null })}
        >
          <option value="">Every form</option>
          {forms.map((form) => (
            <option key={form.name} value={form.name}>
              {form.name}
            </option>
          ))}
        </Select>
      </label>
      <label className="text-sm text-ink-soft">
        Waiting
        <Select
          className={compact}
          value={values.age ?? ''}
          onChange={({ target }) =>
            void setValues({ age: isAge(target.value) ? target.value : null, page: null })
          }
        >
          <option value="">Any time</option>
          {Object.entries(AGES).map(([name, age]) => (
            <option key={name} value={name}>
              {age.label}
            </option>
          ))}
        </Select>
      </label>
      {values.form !== null || values.age !== null ? (
        <Button variant="quiet" onClick={() => void setValues({ form: null, age: null, page: null })}>
          Clear
        </Button>
      ) : null}
    </div>
  );
}

function Empty({ isFiltered }: { isFiltered: boolean }) {
  return (
    <div className="border-t border-line px-5 py-14 text-center">
      <p className="font-medium">
        {isFiltered ? 'Nothing matches these filters' : 'Nothing is waiting here'}
      </p>
      <p className="mx-auto mt-1 max-w-md text-sm text-ink-soft">
        {isFiltered
          ? 'Clear the filters to see all that waits in Postgres.'
          : 'What Redis cannot take spills over to Postgres and appears here until it is processed.'}
      </p>
    </div>
  );
}

function NoPage({ isLoaded }: { isLoaded: boolean }) {
  if (isLoaded) {
    return (
      <div className="border-t border-line px-5 py-14 text-center">
        <p className="font-medium">Postgres cannot be asked at the moment</p>
        <p className="mt-1 text-sm text-ink-soft">Its rows are kept; they appear again when it answers.</p>
      </div>
    );
  }
  return (
    <div className="grid gap-3 border-t border-line p-5" aria-label="Loading">
      {[1, 2, 3, 4].map((row) => (
        <Skeleton key={row} className="h-6" />
      ))}
    </div>
  );
}
