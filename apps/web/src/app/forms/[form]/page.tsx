import { formByName } from '@spillway/forms';
import { newId } from '@spillway/queue';
import type { Metadata } from 'next';
import { headers } from 'next/headers';
import { notFound } from 'next/navigation';
import { SubmissionForm } from '#components/form/submission-form.tsx';
import { PageTitle, SiteFrame } from '#components/site-frame.tsx';
import { readHandoff } from '#lib/handoff.ts';

type Props = PageProps<'/forms/[form]'>;

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const form = await formOf(params);
  const { replay } = readHandoff(await headers());
  return { title: replay?.issues.length ? `Error: ${form.title}` : form.title, description: form.intro };
}

export default async function FormPage({ params }: Props) {
  const form = await formOf(params);
  const { replay } = readHandoff(await headers());
  return (
    <SiteFrame>
      <PageTitle title={form.title}>{form.intro}</PageTitle>
      <SubmissionForm formName={form.name} id={replay?.id ?? newId()} replay={replay} />
    </SiteFrame>
  );
}

async function formOf(params: Props['params']) {
  const { form } = await params;
  return formByName(form) ?? notFound();
}
