import type { Metadata } from 'next';
import { ListPage } from '#components/admin/list/list-page.tsx';

export const metadata: Metadata = { title: 'In Redis' };

export default function RedisPage() {
  return <ListPage list="redis" />;
}
