import { useTranslations } from 'use-intl/react';
import { Button } from '#components/ui/button.tsx';

/** Says that the answers in the form come from a draft. */
export function DraftNotice({ onStartOver }: { onStartOver: () => void }) {
  const t = useTranslations('form');
  return (
    <div
      role="status"
      className="mb-8 flex flex-wrap items-center justify-between gap-x-4 gap-y-2 rounded-xl bg-accent-soft px-5 py-3"
    >
      <p>{t('draft')}</p>
      <Button variant="outline" size="small" onClick={onStartOver}>
        {t('draftClear')}
      </Button>
    </div>
  );
}
