import { formsIn } from '@spillway/forms';
import { ArrowRight } from 'lucide-react';
import Link from 'next/link';
import type { ReactNode } from 'react';
import { PublicFrame } from '#components/public-frame.tsx';
import { PageTitle } from '#components/site-frame.tsx';
import { pageLocale, pageWords } from '#server/words.ts';

const asCode = (chunks: ReactNode) => <code className="font-mono text-ink">{chunks}</code>;

export default async function FormsPage() {
  const t = await pageWords();
  const withPage = formsIn(await pageLocale()).filter((form) => form.fields.length > 0);
  return (
    <PublicFrame>
      <PageTitle title={t('home.title')}>{t('home.intro')}</PageTitle>
      <ul className="grid gap-3">
        {withPage.map((form) => (
          <li key={form.name}>
            <Link
              href={`/forms/${form.name}`}
              prefetch={false}
              className="group flex items-center gap-4 rounded-xl border border-line bg-surface p-5 shadow-card transition-colors hover:border-accent sm:p-6"
            >
              <span className="min-w-0 grow">
                <span className="block text-lg font-semibold tracking-tight">{form.title}</span>
                <span className="mt-0.5 block text-ink-soft">{form.intro}</span>
              </span>
              <ArrowRight
                aria-hidden="true"
                className="size-5 shrink-0 text-accent transition-transform group-hover:translate-x-1 rtl:-scale-x-100 rtl:group-hover:-translate-x-1"
              />
            </Link>
          </li>
        ))}
      </ul>
      <p className="mt-10 text-sm text-ink-soft">{t.rich('home.programs', { code: asCode })}</p>
      <p className="mt-3 text-sm">
        <Link href="/admin" prefetch={false} className="text-ink-soft underline hover:text-ink">
          {t('site.operators')}
        </Link>
      </p>
    </PublicFrame>
  );
}
