import type { Metadata } from 'next';
import { ListPage } from '#components/admin/list/list-page.tsx';

export const metadata: Metadata = { title: 'Dead' };

export default function DeadPage() {
  return <ListPage list="dead" />;
}
