import type { Metadata } from 'next';
import { Account } from '#components/admin/account/account.tsx';

export const metadata: Metadata = { title: 'Account' };

export default function AccountPage() {
  return <Account />;
}
