'use client';

import { Printer } from 'lucide-react';
import { useTranslations } from 'use-intl/react';
import { CopyButton } from '#components/copy-button.tsx';
import { Button } from '#components/ui/button.tsx';

/** The receipt's permanent address, to keep, copy or print. */
export function Keepsake({ address }: { address: string }) {
  const t = useTranslations('receipt');
  return (
    <section className="mt-10">
      <h2 className="text-lg font-semibold tracking-tight">{t('keepTitle')}</h2>
      <p className="mt-1.5">{t('keepText')}</p>
      <p className="mt-3 rounded-lg bg-sunken px-4 py-3 font-mono text-sm break-all print:border">
        <a href={address} className="hover:underline">
          {address}
        </a>
      </p>
      <div className="mt-3 flex flex-wrap gap-2 print:hidden [@media(scripting:none)]:hidden">
        <CopyButton text={address} label={t('copyAddress')} />
        <Button variant="outline" size="small" onClick={() => window.print()}>
          <Printer aria-hidden="true" />
          {t('print')}
        </Button>
      </div>
    </section>
  );
}
