'use client';

import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslations } from 'use-intl/react';
import { Button } from '#components/ui/button.tsx';
import { copyText } from '#lib/copy.ts';

const SHOWN_MS = 2000;

/** Copies a text and says whether it worked. */
export function CopyButton({ text, label }: { text: string; label?: string }) {
  const t = useTranslations('copy');
  const [result, setResult] = useState<'copied' | 'failed' | undefined>();
  useEffect(() => {
    if (!result) return;
    const timer = setTimeout(() => setResult(undefined), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [result]);

  async function copy() {
    setResult((await copyText(text)) ? 'copied' : 'failed');
  }

  return (
    <Button variant="outline" size="small" onClick={() => void copy()}>
      {result === 'copied' ? <Check aria-hidden="true" /> : <Copy aria-hidden="true" />}
      <span aria-live="polite">
        {result === 'copied' ? t('copied') : result === 'failed' ? t('byHand') : (label ?? t('copy'))}
      </span>
    </Button>
  );
}
