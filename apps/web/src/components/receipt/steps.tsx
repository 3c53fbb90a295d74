import type { SubmissionView } from '@spillway/api';
import { Check, CircleAlert, LoaderCircle, Minus } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslations } from 'use-intl/react';
import { LocalTime } from '#components/local-time.tsx';
import { cn } from '#lib/cn.ts';

type Mark = 'done' | 'now' | 'later' | 'alarm' | 'closed';

type ReceiptWords = ReturnType<typeof useTranslations<'receipt'>>;

/** The way of a submission: received, safe, processed. */
export function Steps({ status }: { status: SubmissionView }) {
  const t = useTranslations('receipt');
  const last = lastStep(t, status);
  const mark = status.state === 'missing' ? 'alarm' : 'done';
  return (
    <ol className="mt-7 border-t border-line pt-6">
      <Step mark={mark} title={t('steps.received')}>
        {status.acceptedAt ? <LocalTime at={status.acceptedAt} /> : t('steps.earlier')}
      </Step>
      <Step mark={mark} title={t('steps.safe')}>
        {whereItIs(t, status)}
      </Step>
      <Step mark={last.mark} title={last.title} isLast>
        {last.text}
      </Step>
    </ol>
  );
}

function lastStep(t: ReceiptWords, status: SubmissionView): { mark: Mark; title: string; text: ReactNode } {
  const settled = status.settledAt ? <LocalTime at={status.settledAt} /> : null;
  switch (status.state) {
    case 'processed':
      return { mark: 'done', title: t('steps.processed'), text: settled };
    case 'failed':
      return { mark: 'alarm', title: t('steps.person'), text: settled };
    case 'discarded':
      return { mark: 'closed', title: t('steps.closed'), text: settled };
    case 'processing':
      return { mark: 'now', title: t('steps.now'), text: attempts(t, status.attempts) };
    case 'scheduled':
      return { mark: 'later', title: t('steps.later'), text: <Schedule at={status.runAt} /> };
    case 'received':
      return { mark: 'later', title: t('steps.processed'), text: t('steps.unknown') };
    case 'missing':
      return { mark: 'later', title: t('steps.processed'), text: t('steps.notYet') };
    case 'waiting':
      return { mark: 'now', title: t('steps.turn'), text: attempts(t, status.attempts) };
  }
}

function Schedule({ at }: { at: string | undefined }) {
  const t = useTranslations('receipt');
  if (at === undefined) return null;
  return (
    <>
      {t('steps.notBefore')} <LocalTime at={at} />
    </>
  );
}

function attempts(t: ReceiptWords, made: number): string {
  return made > 1 ? t('steps.attempt', { attempt: made }) : t('steps.soon');
}

const STORES = { redis: 'Redis', postgres: 'Postgres' } as const;
const KEPT = { disk: 'disk', second: 'second', memory: 'memory', unknown: 'unsure' } as const;

/** Where the submission is safe now. */
function whereItIs(t: ReceiptWords, { state, heldBy, keeps }: SubmissionView): string {
  switch (state) {
    case 'processed':
    case 'failed':
    case 'discarded':
    case 'missing':
      return t(`where.${state}`);
    default:
  }
  const [store, another] = heldBy;
  if (store === undefined) return t('where.unknown');
  return t(`where.${KEPT[keeps]}`, { stores: another === undefined ? STORES[store] : t('where.both') });
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
          className="absolute top-7 bottom-0 start-[13px] w-0.5 rounded-full bg-accent/35"
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
