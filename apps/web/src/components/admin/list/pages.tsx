import { Button } from '#components/ui/button.tsx';
import { countOf } from '#lib/words.ts';
import type { UsedFilter } from './filter.ts';

interface PagesProps {
  /** Rows that are not shown until pointer and focus leave the table. */
  readonly news: number;
  readonly nextCursor: string | undefined;
  readonly used: UsedFilter;
}

/** Below the rows: the number of new rows that are not shown yet, and the link to the next page. */
export function Pages({ news, nextCursor, used }: PagesProps) {
  const { page } = used.values;
  if (news === 0 && page === null && nextCursor === undefined) return null;
  return (
    <div className="flex min-h-14 flex-wrap items-center justify-between gap-3 border-t border-line px-5 py-2.5">
      <p className="text-sm text-ink-soft tabular-nums">
        {news > 0 ? `${countOf(news, 'new row')} not shown while you use the table` : null}
      </p>
      <div className="flex gap-2">
        {page === null ? null : (
          <Button variant="outline" size="small" onClick={() => used.goTo(null)}>
            First page
          </Button>
        )}
        {nextCursor === undefined ? null : (
          <Button variant="outline" size="small" onClick={() => used.goTo(nextCursor)}>
            Next page
          </Button>
        )}
      </div>
    </div>
  );
}
