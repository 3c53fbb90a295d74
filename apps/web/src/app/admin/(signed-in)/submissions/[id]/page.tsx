import type { Metadata } from 'next';
import { Referenced } from '#components/admin/submission/referenced.tsx';
import { Submission } from '#components/admin/submission/submission.tsx';
import { isReference } from '#lib/reference.ts';

export const metadata: Metadata = { title: 'Submission' };

export default async function SubmissionPage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  const name = decodeURIComponent(id);
  return isReference(name) ? <Referenced reference={name} /> : <Submission name={name} />;
}
