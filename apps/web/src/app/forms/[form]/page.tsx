import { formByName } from '@spillway/forms';
import { newId } from '@spillway/queue';
import type { Metadata } from 'next';
import { headers } from 'next/headers';
import { notFound } from 'next/navigation';
import { hasFailed } from '#components/form/replay.ts';
import { SubmissionForm } from '#components/form/submission-form.tsx';
import { PublicFrame } from '#components/public-frame.tsx';
import { PageTitle } from '#components/site-frame.tsx';
import { readHandoff } from '#lib/handoff.ts';
import { pageLocale, pageWords } from '#server/words.ts';

type Props = PageProps<'/forms/[form]'>;

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const form = await formOf(params);
  const t = await pageWords();
  const { replay } = readHandoff(await headers());
  return {
    title: hasFailed(replay) ? `${t('form.error')} ${form.title}` : form.title,
    description: form.intro,
  };
}

export default async function FormPage({ params }: Props) {
  const form = await formOf(params);
  const { replay } = readHandoff(await headers());
  return (
    <PublicFrame>
      <PageTitle title={form.title}>{form.intro}</PageTitle>
      <SubmissionForm formName={form.name} id={replay?.id ?? newId()} replay={replay} />
    </PublicFrame>
  );
}

async function formOf(params: Props['params']) {
  const { form } = await params;
  return formByName(form, await pageLocale()) ?? notFound();
}
