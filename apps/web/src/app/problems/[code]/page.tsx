import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { PageTitle, SiteFrame } from '#components/site-frame.tsx';
import { explanationOf } from '#lib/problems.ts';

type Props = PageProps<'/problems/[code]'>;

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: (await problemOf(params)).title };
}

/** The page at the `type` of a problem: it says what the problem means, and the remedy. */
export default async function ProblemPage({ params }: Props) {
  const { title, text } = await problemOf(params);
  return (
    <SiteFrame>
      <PageTitle title={title}>{text}</PageTitle>
    </SiteFrame>
  );
}

async function problemOf(params: Props['params']) {
  return explanationOf((await params).code) ?? notFound();
}
