'use client';

import type { SubmissionView } from '@spillway/api';
import { useEffect } from 'react';
import { useTranslations } from 'use-intl/react';
import { ApiProvider } from '#trpc/client.tsx';
import { Keepsake } from './keepsake.tsx';
import { Steps } from './steps.tsx';
import { useStatus } from './use-status.ts';

interface ReceiptProps {
  readonly initial: SubmissionView;
  readonly code: string;
  /** The receipt's own absolute address. */
  readonly address: string;
  readonly formTitle: string | undefined;
}

/** The received submission and its state, updated live. The server renders it, so that it works without JavaScript too. */
export function Receipt(props: ReceiptProps) {
  return (
    <ApiProvider>
      <LiveReceipt {...props} />
    </ApiProvider>
  );
}

function LiveReceipt({ initial, code, address, formTitle }: ReceiptProps) {
  const t = useTranslations('receipt');
  const { status, isConnected } = useStatus(initial, code);
  const headline = t(`headlines.${status.state}`);
  useEffect(() => {
    document.title = `${headline} – Spillway`;
  }, [headline]);

  return (
    <article>
      <p className="text-ink-soft">{formTitle ?? t('title')}</p>
      <h1 className="mt-1 text-3xl font-semibold tracking-tight sm:text-4xl" aria-live="polite">
        {headline}
      </h1>
      <div className="mt-8 rounded-xl border border-line bg-surface p-5 shadow-card sm:p-7">
        <p className="text-sm text-ink-soft">{t('reference')}</p>
        <p className="mt-0.5 font-mono text-[clamp(1rem,4.6vw,1.5rem)] font-semibold break-words tabular-nums">
          {status.reference}
        </p>
        <p className="mt-1 font-mono text-xs break-all text-ink-soft">{status.id}</p>
        <Steps status={status} />
      </div>
      <section className="mt-10">
        <h2 className="text-lg font-semibold tracking-tight">{t('next')}</h2>
        <p className="mt-1.5" aria-live="polite">
          {t(`what.${status.state}`)}
        </p>
        {isConnected ? null : (
          <p className="mt-2 text-sm text-ink-soft" role="status">
            {t('disconnected')}
          </p>
        )}
      </section>
      <Keepsake address={address} />
    </article>
  );
}
