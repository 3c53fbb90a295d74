'use client';

import { LoaderCircle, RotateCw, TriangleAlert } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { Button } from '#components/ui/button.tsx';
import type { Attempt, WaitReason } from './attempt.ts';

const WAITING: Record<WaitReason, { title: string; text: string }> = {
  lost: {
    title: 'We did not get an answer',
    text: 'Your submission may have arrived, or not. Your answers are kept here and will be sent again; they count only once.',
  },
  maybe: {
    title: 'Not confirmed yet',
    text: 'We could not confirm that your submission is stored; it may still arrive. Your answers are kept here and will be sent again; they count only once.',
  },
  no: {
    title: 'Not accepted at the moment',
    text: 'We cannot store submissions right now, and yours was not stored. Your answers are kept here and will be sent again.',
  },
  busy: {
    title: 'Too many submissions from your address',
    text: 'Yours was not stored. Your answers are kept here and will be sent again as soon as that is possible.',
  },
};

interface NoticeProps {
  readonly attempt: Attempt;
  readonly onTryNow: () => void;
  readonly onSendAsNew: () => void;
}

/** What became of the last press, in words, and what happens next. Announced once, not with every second. */
export function Notice({ attempt, onTryNow, onSendAsNew }: NoticeProps) {
  return (
    <div role="status" className="empty:hidden">
      <Content attempt={attempt} onTryNow={onTryNow} onSendAsNew={onSendAsNew} />
    </div>
  );
}

function Content({ attempt, onTryNow, onSendAsNew }: NoticeProps) {
  switch (attempt.kind) {
    case 'waiting':
      return (
        <Panel title={WAITING[attempt.why].title} text={WAITING[attempt.why].text}>
          <Button variant="outline" onClick={onTryNow}>
            <RotateCw aria-hidden="true" />
            Try now
          </Button>
          <Countdown until={attempt.until} />
        </Panel>
      );
    case 'conflict':
      return (
        <Conflict
          action={
            <Button variant="outline" onClick={onSendAsNew}>
              Send as new
            </Button>
          }
        />
      );
    case 'refused':
      return <Panel title={attempt.title} text={attempt.detail} />;
    default:
      return null;
  }
}

/** The same words with and without JavaScript; the button differs. */
export function Conflict({ action }: { action: ReactNode }) {
  return (
    <Panel
      title="You have already sent other answers from this page"
      text="Those were accepted and stand. If you want to send these as well, send them as a new submission."
    >
      {action}
    </Panel>
  );
}

/** A message about the submission as a whole, with what can be done. */
export function Panel({ title, text, children }: { title: string; text: string; children?: ReactNode }) {
  return (
    <div className="mb-8 flex gap-4 rounded-xl border border-warn/40 bg-warn-soft p-5">
      <TriangleAlert aria-hidden="true" className="mt-0.5 size-5 shrink-0 text-warn" />
      <div className="min-w-0">
        <h2 className="font-semibold">{title}</h2>
        <p className="mt-1">{text}</p>
        {children ? <div className="mt-4 flex flex-wrap items-center gap-x-4 gap-y-2">{children}</div> : null}
      </div>
    </div>
  );
}

function Countdown({ until }: { until: number }) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 250);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.max(0, Math.ceil((until - now) / 1000));
  return (
    <span aria-hidden="true" className="text-sm text-ink-soft tabular-nums">
      Sending again in {seconds} s
    </span>
  );
}

/** The label of a button that is at work. */
export function Busy({ children }: { children: ReactNode }) {
  return (
    <>
      <LoaderCircle aria-hidden="true" className="animate-spin" />
      {children}
    </>
  );
}
