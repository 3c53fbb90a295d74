'use client';

import { Skeleton } from '#components/ui/skeleton.tsx';
import { cn } from '#lib/cn.ts';
import { useLive, useServerNow } from './live.tsx';
import { sentenceOf } from './sentence.ts';

const DOTS = { good: 'bg-good', warn: 'bg-signal', bad: 'bg-bad' } as const;

/** The state of the system, in one line. */
export function StatusSentence() {
  const { data, state } = useLive();
  const now = useServerNow();
  if (!data) return <Skeleton className="h-9 w-96 max-w-full" />;
  const { text, tone } = sentenceOf(data.overview, now);
  return (
    <div className="flex items-start gap-4">
      <span
        aria-hidden="true"
        className={cn(
          'mt-2 size-3 shrink-0 rounded-full sm:mt-3',
          state === 'stale' ? 'bg-line-strong' : DOTS[tone],
        )}
      />
      <p
        id="sentence"
        className="max-w-4xl text-xl leading-snug font-semibold tracking-tight text-pretty tabular-nums sm:text-[1.75rem]"
      >
        {text}
      </p>
    </div>
  );
}
