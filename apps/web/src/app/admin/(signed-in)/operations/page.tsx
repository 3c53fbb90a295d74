import type { Metadata } from 'next';
import { Operations } from '#components/admin/action/operations.tsx';

export const metadata: Metadata = { title: 'Operations' };

export default function OperationsPage() {
  return <Operations />;
}
