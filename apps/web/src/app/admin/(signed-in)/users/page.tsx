import type { Metadata } from 'next';
import { Users } from '#components/admin/users/users.tsx';

export const metadata: Metadata = { title: 'Users' };

export default function UsersPage() {
  return <Users />;
}
