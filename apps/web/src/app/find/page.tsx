import type { Metadata } from 'next';
import { headers } from 'next/headers';
import { FindForm } from '#components/find-form.tsx';
import { PublicFrame } from '#components/public-frame.tsx';
import { PageTitle } from '#components/site-frame.tsx';
import { readHandoff } from '#lib/handoff.ts';
import { pageWords } from '#server/words.ts';

export async function generateMetadata(): Promise<Metadata> {
  const t = await pageWords();
  const { search } = readHandoff(await headers());
  return { title: search ? `${t('form.error')} ${t('find.title')}` : t('find.title') };
}

/** "Has it arrived?" A plain post, with or without JavaScript: found, it leads to the receipt. */
export default async function FindPage() {
  const t = await pageWords();
  const { search } = readHandoff(await headers());
  return (
    <PublicFrame>
      <PageTitle title={t('find.title')}>{t('find.intro')}</PageTitle>
      <FindForm search={search} />
    </PublicFrame>
  );
}
