import type { Metadata } from 'next';
import { Dashboard } from '#components/admin/dashboard.tsx';

export const metadata: Metadata = { title: 'Operations' };

export default function OverviewPage() {
  return <Dashboard />;
}
