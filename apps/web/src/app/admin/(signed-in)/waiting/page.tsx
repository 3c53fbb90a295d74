import type { Metadata } from 'next';
import { ListPage } from '#components/admin/list/list-page.tsx';

export const metadata: Metadata = { title: 'Waiting in Postgres' };

export default function WaitingPage() {
  return <ListPage list="postgres" />;
}
