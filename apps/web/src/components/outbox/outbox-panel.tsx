'use client';

import { formByName } from '@spillway/forms';
import type { Form } from '@spillway/forms';
import { Check, CircleAlert, Clock, Download, PenLine, Send, Trash2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { useLocale, useTranslations } from 'use-intl/react';
import { Countdown } from '#components/form/notice.tsx';
import { LocalTime } from '#components/local-time.tsx';
import { Button, buttonVariants } from '#components/ui/button.tsx';
import { saveDraft } from '#lib/draft.ts';
import { download } from '#lib/outbox/download.ts';
import type { Entry, Unsent } from '#lib/outbox/entry.ts';
import { outbox, useOutbox } from '#lib/outbox/use-outbox.ts';

/** What this device still holds and no page shows: unsent submissions, and those that went out meanwhile. */
export function OutboxPanel() {
  const t = useTranslations('outbox');
  const { entries, own, sending } = useOutbox();
  const shown = entries.filter(
    ({ key, state }) => !own.has(key) && (state.kind !== 'accepted' || !state.isSeen),
  );
  if (shown.length === 0) return null;
  return (
    <section
      aria-labelledby="outbox-title"
      className="mb-10 rounded-xl border border-line-strong bg-surface p-5 shadow-card sm:p-6 print:hidden"
    >
      <h2 id="outbox-title" className="text-lg font-semibold tracking-tight">
        {t('title')}
      </h2>
      {shown.some(({ state }) => state.kind === 'unsent') ? (
        <p className="mt-1 text-ink-soft">{t('byItself')}</p>
      ) : null}
      <ul className="mt-4 divide-y divide-line">
        {shown.map((entry) => (
          <Item key={entry.key} entry={entry} isSending={sending.has(entry.key)} />
        ))}
      </ul>
    </section>
  );
}

function Item({ entry, isSending }: { entry: Entry; isSending: boolean }) {
  const form = formByName(entry.form, useLocale());
  return (
    <li className="py-4 first:pt-0 last:pb-0">
      <p className="font-semibold">{form?.title ?? entry.form}</p>
      <State entry={entry} isSending={isSending} />
      <div className="mt-3 flex flex-wrap items-center gap-2">
        {entry.state.kind === 'accepted' ? <ArrivedActions entry={entry} path={entry.state.path} /> : null}
        {entry.state.kind === 'accepted' ? null : (
          <HeldActions entry={entry} form={form} isSending={isSending} />
        )}
      </div>
    </li>
  );
}

function State({ entry, isSending }: { entry: Entry; isSending: boolean }) {
  const t = useTranslations('outbox');
  const { state } = entry;
  const icon = { unsent: <Clock />, refused: <CircleAlert />, accepted: <Check /> }[state.kind];
  const word = { unsent: t('unsent'), refused: t('refused'), accepted: t('arrived') }[state.kind];
  return (
    <>
      <p
        role="status"
        className={`mt-1 flex items-center gap-1.5 text-sm font-medium [&_svg]:size-4 ${state.kind === 'accepted' ? 'text-good' : 'text-warn'}`}
      >
        <span aria-hidden="true">{icon}</span>
        {isSending ? t('sending') : word}
      </p>
      <p className="mt-0.5 text-sm text-ink-soft">
        {t('pressedAt')} <LocalTime at={new Date(entry.pressedAt).toISOString()} />
      </p>
      {state.kind === 'unsent' && !isSending ? <Why state={state} /> : null}
    </>
  );
}

function Why({ state: { why, nextAt } }: { state: Unsent }) {
  const t = useTranslations('notice');
  if (!why) return null;
  return (
    <p className="mt-0.5 text-sm text-ink-soft">
      {t(`${why}.title`)}. <Countdown why={why} until={nextAt} />
    </p>
  );
}

function HeldActions({
  entry,
  form,
  isSending,
}: {
  entry: Entry;
  form: Form | undefined;
  isSending: boolean;
}) {
  const t = useTranslations('outbox');
  const { key, state } = entry;
  function drop() {
    // The browser's own question: it takes the focus, gives it back, and works everywhere.
    if (window.confirm(t('dropConfirm'))) void outbox().drop(key);
  }
  async function edit() {
    saveDraft(entry.form, entry.data);
    await outbox().drop(key);
    window.location.assign(`/forms/${entry.form}`);
  }
  return (
    <>
      {state.kind === 'unsent' ? (
        <Action icon={<Send />} onClick={() => void outbox().sendNow(key)} isDisabled={isSending}>
          {t('sendNow')}
        </Action>
      ) : (
        <Action icon={<PenLine />} onClick={() => void edit()}>
          {t('edit')}
        </Action>
      )}
      <Action icon={<Download />} onClick={() => download(entry, form)}>
        {t('download')}
      </Action>
      <Action icon={<Trash2 />} onClick={drop}>
        {t('drop')}
      </Action>
    </>
  );
}

function ArrivedActions({ entry, path }: { entry: Entry; path: string }) {
  const t = useTranslations('outbox');
  return (
    <>
      <a href={path} className={buttonVariants({ variant: 'outline', size: 'small' })}>
        {t('openReceipt')}
      </a>
      <Button variant="quiet" size="small" onClick={() => void outbox().receiptOpened(entry.id)}>
        {t('hide')}
      </Button>
    </>
  );
}

interface ActionProps {
  readonly icon: ReactNode;
  readonly children: ReactNode;
  readonly onClick: () => void;
  readonly isDisabled?: boolean;
}

function Action({ icon, children, onClick, isDisabled = false }: ActionProps) {
  return (
    <Button variant="outline" size="small" onClick={onClick} aria-disabled={isDisabled}>
      <span aria-hidden="true">{icon}</span>
      {children}
    </Button>
  );
}
