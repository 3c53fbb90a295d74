import type { Metadata } from 'next';
import Link from 'next/link';
import { buttonVariants } from '#components/ui/button.tsx';
import { PublicFrame } from '#components/public-frame.tsx';
import { PageTitle } from '#components/site-frame.tsx';
import { pageWords } from '#server/words.ts';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await pageWords())('notFound.title') };
}

export default async function NotFound() {
  const t = await pageWords();
  return (
    <PublicFrame>
      <PageTitle title={t('notFound.title')}>{t('notFound.text')}</PageTitle>
      <Link href="/" prefetch={false} className={buttonVariants({ variant: 'outline' })}>
        {t('notFound.forms')}
      </Link>
    </PublicFrame>
  );
}
