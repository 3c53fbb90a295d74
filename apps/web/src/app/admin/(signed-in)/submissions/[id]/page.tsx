import type { Metadata } from 'next';
import { Submission } from '#components/admin/submission/submission.tsx';

export const metadata: Metadata = { title: 'Submission' };

export default async function SubmissionPage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  return <Submission name={decodeURIComponent(id)} />;
}
