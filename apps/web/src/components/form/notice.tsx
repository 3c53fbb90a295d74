'use client';

import type { ProblemCode } from '@spillway/api';
import { LoaderCircle, RotateCw, TriangleAlert } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslations } from 'use-intl/react';
import { Button } from '#components/ui/button.tsx';
import type { WaitReason } from '#lib/outbox/entry.ts';
import type { Attempt } from './attempt.ts';
import type { Replay } from './replay.ts';

interface NoticeProps {
  readonly attempt: Attempt;
  readonly isLasting: boolean;
  readonly onTryNow: () => void;
  readonly onSendAsNew: () => void;
}

/** What became of the last press, in words, and what happens next. Announced once, not with every second. */
export function Notice(props: NoticeProps) {
  return (
    <div role="status" className="empty:hidden">
      <Content {...props} />
    </div>
  );
}

function Content({ attempt, isLasting, onTryNow, onSendAsNew }: NoticeProps) {
  const t = useTranslations('notice');
  switch (attempt.kind) {
    case 'waiting':
      return (
        <Panel title={t(`${attempt.why}.title`)} text={t(`${attempt.why}.text`)}>
          <p className="basis-full font-medium">{isLasting ? t('lasting') : t('pageOnly')}</p>
          <Button variant="outline" onClick={onTryNow}>
            <RotateCw aria-hidden="true" />
            {t('tryNow')}
          </Button>
          <Countdown why={attempt.why} until={attempt.until} />
        </Panel>
      );
    case 'conflict':
      return (
        <Panel title={t('conflict.title')} text={t('conflict.text')}>
          <Button variant="outline" onClick={onSendAsNew}>
            {t('conflict.button')}
          </Button>
        </Panel>
      );
    case 'edited':
      return <Panel title={t('edited.title')} text={t('edited.text')} />;
    case 'refused':
      return <Refusal code={attempt.problem.code} />;
    default:
      return null;
  }
}

/** The same after a native post, without the page's own buttons: its form's button is the one to press. */
export function ReplayNotice({ replay }: { replay: Replay | undefined }) {
  if (!replay?.waiting && !replay?.refused) return null;
  return (
    <div role="alert">
      <ReplayContent replay={replay} />
    </div>
  );
}

function ReplayContent({ replay: { waiting, refused, unread } }: { replay: Replay }) {
  const t = useTranslations('notice');
  if (waiting) {
    const { why, seconds } = waiting;
    return <Panel title={t(`${why}.title`)} text={t('native', { seconds })} />;
  }
  if (refused?.code === 'conflict') {
    return (
      <Panel title={t('conflict.title')} text={t('conflict.text')}>
        <p className="font-medium">{t('conflict.native')}</p>
      </Panel>
    );
  }
  if (refused?.code === 'too-large') return <Panel title={t('tooLarge.title')} text={t('tooLarge.native')} />;
  if (unread) {
    const why = refused?.code === 'rate-limited' ? 'busy' : 'refused';
    return <Panel title={t(`${why}.title`)} text={t('unread', unread)} />;
  }
  return refused ? <Refusal code={refused.code} /> : null;
}

const REFUSALS = new Map<ProblemCode, 'tooLarge' | 'expired' | 'trapped'>([
  ['too-large', 'tooLarge'],
  ['invalid-id', 'expired'],
  ['challenge-required', 'trapped'],
]);

function Refusal({ code }: { code: ProblemCode }) {
  const t = useTranslations('notice');
  const why = REFUSALS.get(code) ?? 'refused';
  return <Panel title={t(`${why}.title`)} text={t(`${why}.text`)} />;
}

/** A message about the whole submission, with the possible next steps. */
function Panel({ title, text, children }: { title: string; text: string; children?: ReactNode }) {
  return (
    <div className="mb-8 flex gap-4 rounded-xl border border-warn/40 bg-warn-soft p-5">
      <TriangleAlert aria-hidden="true" className="mt-0.5 size-5 shrink-0 text-warn" />
      <div className="min-w-0">
        <h2 className="font-semibold">{title}</h2>
        <p className="mt-1">{text}</p>
        {children ? <div className="mt-3 flex flex-wrap items-center gap-x-4 gap-y-3">{children}</div> : null}
      </div>
    </div>
  );
}

/** When it is sent again. Offline, the network decides and not the clock. */
export function Countdown({ why, until }: { why: WaitReason; until: number }) {
  const t = useTranslations('notice');
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 250);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.max(0, Math.ceil((until - now) / 1000));
  return (
    <span aria-hidden="true" className="text-sm text-ink-soft tabular-nums">
      {why === 'offline' ? t('whenOnline') : t('again', { seconds })}
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
