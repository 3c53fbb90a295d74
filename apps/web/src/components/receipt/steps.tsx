import type { SubmissionView } from '@spillway/api';
import { Check, CircleAlert, LoaderCircle, Minus } from 'lucide-react';
import type { ReactNode } from 'react';
import { LocalTime } from '#components/local-time.tsx';
import { cn } from '#lib/cn.ts';
import { whereItIs } from '#lib/states.ts';

type Mark = 'done' | 'now' | 'later' | 'alarm' | 'closed';

/** The way of a submission: received, safe, processed. */
export function Steps({ status }: { status: SubmissionView }) {
  const last = lastStep(status);
  return (
    <ol className="mt-7 border-t border-line pt-6">
      <Step mark={status.state === 'missing' ? 'alarm' : 'done'} title="Received">
        {status.acceptedAt ? <LocalTime at={status.acceptedAt} /> : 'Accepted before you saw this page.'}
      </Step>
      <Step mark={status.state === 'missing' ? 'alarm' : 'done'} title="Safe">
        {whereItIs(status)}
      </Step>
      <Step mark={last.mark} title={last.title} isLast>
        {last.text}
      </Step>
    </ol>
  );
}

function lastStep(status: SubmissionView): { mark: Mark; title: string; text: ReactNode } {
  const settled = status.settledAt ? <LocalTime at={status.settledAt} /> : null;
  switch (status.state) {
    case 'processed':
      return { mark: 'done', title: 'Processed', text: settled };
    case 'failed':
      return { mark: 'alarm', title: 'A person will look at it', text: settled };
    case 'discarded':
      return { mark: 'closed', title: 'Closed', text: settled };
    case 'processing':
      return { mark: 'now', title: 'Being processed', text: attempts(status.attempts) };
    case 'scheduled':
      return {
        mark: 'later',
        title: 'Processed later',
        text: status.runAt ? (
          <>
            Not before <LocalTime at={status.runAt} />
          </>
        ) : null,
      };
    case 'received':
      return { mark: 'later', title: 'Processed', text: 'Cannot be said at the moment.' };
    case 'missing':
      return { mark: 'later', title: 'Processed', text: 'Not yet.' };
    case 'waiting':
      return { mark: 'now', title: 'Waiting for its turn', text: attempts(status.attempts) };
  }
}

function attempts(made: number): string {
  return made > 1 ? `Attempt ${made}. What goes wrong is tried again.` : 'Usually within seconds.';
}

const DOTS: Record<Mark, string> = {
  done: 'bg-accent text-accent-ink',
  now: 'bg-accent-soft text-accent-strong',
  later: 'border-2 border-line bg-surface',
  alarm: 'bg-warn-soft text-warn',
  closed: 'bg-sunken text-ink-soft',
};

const ICONS: Record<Mark, ReactNode> = {
  done: <Check strokeWidth={3} />,
  now: <LoaderCircle className="animate-spin [animation-duration:2s]" />,
  later: null,
  alarm: <CircleAlert />,
  closed: <Minus />,
};

function Step({
  mark,
  title,
  children,
  isLast,
}: {
  mark: Mark;
  title: string;
  children: ReactNode;
  isLast?: boolean;
}) {
  return (
    <li className="relative flex gap-4 pb-6 last:pb-0">
      {isLast ? null : (
        <span
          aria-hidden="true"
          className="absolute top-7 bottom-0 left-[13px] w-0.5 rounded-full bg-accent/35"
        />
      )}
      <span
        aria-hidden="true"
        className={cn(
          'grid size-7 shrink-0 place-items-center rounded-full transition-colors [&_svg]:size-4',
          DOTS[mark],
        )}
      >
        {ICONS[mark]}
      </span>
      <span className="min-w-0 pt-0.5">
        <span className="block leading-6 font-semibold">{title}</span>
        <span className="block text-sm text-ink-soft tabular-nums">{children}</span>
      </span>
    </li>
  );
}
