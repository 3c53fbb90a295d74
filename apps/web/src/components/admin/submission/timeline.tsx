import type { DetailView, TimelineEvent } from '@spillway/api';
import { LocalTime } from '#components/local-time.tsx';
import { Card } from '#components/ui/card.tsx';
import { cn } from '#lib/cn.ts';
import { reasonOf } from '#lib/states.ts';
import { duration } from '#lib/words.ts';

const STORES = { redis: 'Redis', postgres: 'Postgres' } as const;

const DOTS = {
  neutral: 'bg-line-strong',
  accent: 'bg-accent',
  good: 'bg-good',
  bad: 'bg-bad',
} as const;

interface EventText {
  readonly title: string;
  readonly tone: keyof typeof DOTS;
}

interface TimelineProps {
  readonly detail: DetailView;
  /** By the server's clock. */
  readonly now: number;
}

/** All that happened to it, in order; what failed with its error. */
export function Timeline({ detail, now }: TimelineProps) {
  const { timeline } = detail;
  return (
    <Card aria-labelledby="timeline-title" className="p-5">
      <h2 id="timeline-title" className="font-semibold">
        History
      </h2>
      <ol className="mt-4">
        {timeline.map((event, index) => (
          <Event
            // Events have no name, and their order does not change.
            key={`${index} ${event.what}`}
            event={event}
            before={timeline[index - 1]?.at}
            detail={detail}
            now={now}
          />
        ))}
      </ol>
    </Card>
  );
}

interface EventProps {
  readonly event: TimelineEvent;
  readonly before: string | undefined;
  readonly detail: DetailView;
  readonly now: number;
}

function Event({ event, before, detail, now }: EventProps) {
  const { title, tone } = textOf(event, detail, now);
  const { at, error } = event;
  return (
    <li className="relative border-l border-line pb-5 pl-5 last:border-transparent last:pb-0">
      <span
        aria-hidden="true"
        className={cn('absolute top-1.5 -left-[5px] size-[9px] rounded-full ring-4 ring-surface', DOTS[tone])}
      />
      <p className="text-sm font-medium">{title}</p>
      {at === undefined ? null : (
        <p className="text-xs text-ink-soft tabular-nums">
          <LocalTime at={at} />
          {before === undefined ? null : `, ${duration(Date.parse(at) - Date.parse(before))} later`}
        </p>
      )}
      {error === undefined ? null : (
        <pre className="mt-2 rounded-lg bg-sunken px-3 py-2 font-mono text-xs leading-relaxed break-words whitespace-pre-wrap">
          {error}
        </pre>
      )}
    </li>
  );
}

function textOf(event: TimelineEvent, detail: DetailView, now: number): EventText {
  const { what, store, worker, attempt, by } = event;
  const whose = by === undefined ? 'by an operator' : `by ${by}`;
  switch (what) {
    case 'received': {
      const reason = reasonOf(detail.reason);
      return {
        title: `Received${store === undefined ? '' : `, accepted by ${STORES[store]}`}${reason === '' || store !== 'postgres' ? '' : `: ${reason}`}`,
        tone: 'neutral',
      };
    }
    case 'attempt-failed':
      return {
        title: `Attempt ${attempt ?? ''} failed${worker === undefined ? '' : ` on ${worker}`}`,
        tone: 'bad',
      };
    case 'processing':
      return {
        title: `Processing${worker === undefined ? '' : ` on ${worker}`}${attempt === undefined ? '' : `, attempt ${attempt}`}`,
        tone: 'accent',
      };
    case 'waiting':
      return {
        title: `Waits for its turn${store === undefined ? '' : ` in ${STORES[store]}`}`,
        tone: 'accent',
      };
    case 'scheduled': {
      const dueInMs = detail.runAt === undefined ? 0 : Date.parse(detail.runAt) - now;
      return {
        title:
          dueInMs > 0 ? `Waits for its next attempt, in ${duration(dueInMs)}` : 'Waits for its next attempt',
        tone: 'accent',
      };
    }
    case 'processed':
      return { title: 'Processed', tone: 'good' };
    case 'died':
      return { title: 'Dead: it waits for a decision', tone: 'bad' };
    case 'discarded':
      return { title: 'Discarded', tone: 'neutral' };
    case 'operator-retry':
      return { title: `Retried ${whose}`, tone: 'accent' };
    case 'operator-discard':
      return { title: `Discarded ${whose}`, tone: 'neutral' };
    case 'operator-requeue':
      return { title: `Requeued ${whose}`, tone: 'accent' };
  }
}
