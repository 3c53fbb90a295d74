'use client';

import { useTranslations } from 'use-intl/react';
import { Button } from '#components/ui/button.tsx';
import { PageTitle, SiteFrame } from '#components/site-frame.tsx';

export default function ErrorPage({ error }: { error: Error & { digest?: string } }) {
  const t = useTranslations('failure');
  return (
    <SiteFrame>
      <PageTitle title={t('title')}>{t('text')}</PageTitle>
      <Button onClick={() => window.location.reload()}>{t('again')}</Button>
      {error.digest ? (
        <p className="mt-8 text-sm text-ink-soft">{t('log', { digest: error.digest })}</p>
      ) : null}
    </SiteFrame>
  );
}
