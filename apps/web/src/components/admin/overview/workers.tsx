'use client';

import type { AdminOverview, WorkerView } from '@spillway/api';
import { Card } from '#components/ui/card.tsx';
import { count, countOf, duration } from '#lib/words.ts';
import { RecoverButton } from '../recover-button.tsx';
import { Switches } from './switches.tsx';

interface WorkersProps {
  readonly overview: AdminOverview;
  /** By the server's clock. */
  readonly now: number;
}

/** The workers and their current work, with buttons to pause, to resume and to recover now. */
export function Workers({ overview: { workers, controls }, now }: WorkersProps) {
  return (
    <Card aria-labelledby="workers-title">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-3 p-5 pb-4">
        <h2 id="workers-title" className="mr-auto text-lg font-semibold tracking-tight">
          {workers ? countOf(workers.length, 'worker') : 'Workers'}
        </h2>
        <RecoverButton />
      </div>
      <div className="px-5 pb-5">
        <Switches controls={controls} />
      </div>
      <List workers={workers} now={now} />
    </Card>
  );
}

function List({ workers, now }: { workers: readonly WorkerView[] | undefined; now: number }) {
  if (!workers || workers.length === 0) {
    return (
      <p className="border-t border-line px-5 py-8 text-center text-sm text-ink-soft">
        {workers
          ? 'No worker has reported in the last 30 seconds. Submissions are accepted and wait: start a worker.'
          : 'Workers report to Postgres, which cannot be reached right now.'}
      </p>
    );
  }
  return (
    <ul className="border-t border-line text-sm">
      {workers.map((worker) => (
        <li
          key={worker.name}
          className="grid gap-x-6 gap-y-0.5 border-b border-line/70 px-5 py-3 tabular-nums last:border-b-0 sm:grid-cols-[minmax(8rem,1fr)_2fr_auto]"
        >
          <span className="truncate font-medium" title={worker.name}>
            {worker.name}
          </span>
          <span className="text-ink-soft first-letter:uppercase">{worker.doing}</span>
          <span className="text-ink-soft">
            {count(worker.settled)} settled in {duration(now - Date.parse(worker.startedAt))}
          </span>
        </li>
      ))}
    </ul>
  );
}
