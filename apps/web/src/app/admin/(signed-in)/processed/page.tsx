import type { Metadata } from 'next';
import { ListPage } from '#components/admin/list/list-page.tsx';

export const metadata: Metadata = { title: 'Processed' };

export default function ProcessedPage() {
  return <ListPage list="processed" />;
}
