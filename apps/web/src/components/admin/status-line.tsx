'use client';

import Link from 'next/link';
import { cn } from '#lib/cn.ts';
import { useLive, useServerNow } from './live.tsx';
import { sentenceOf } from './sentence.ts';

const TONES = { warn: 'bg-warn-soft text-warn', bad: 'bg-bad-soft text-bad' } as const;

/** On the other pages: the current problem of the system, if there is one. */
export function StatusLine() {
  const { data } = useLive();
  const now = useServerNow();
  const sentence = data && sentenceOf(data.overview, now);
  if (!sentence || sentence.tone === 'good') return null;
  return (
    <section
      aria-label="State of the queue"
      className={cn('px-4 py-2 text-sm tabular-nums sm:px-6 lg:px-10', TONES[sentence.tone])}
    >
      <Link href="/admin" prefetch={false} className="hover:underline">
        {sentence.text}
      </Link>
    </section>
  );
}
