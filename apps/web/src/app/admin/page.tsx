import { roleOf } from '@spillway/api';
import type { Metadata } from 'next';
import { headers } from 'next/headers';
import { redirect } from 'next/navigation';
import { NuqsAdapter } from 'nuqs/adapters/next/app';
import { Dashboard } from '#components/admin/dashboard.tsx';
import { SignOut } from '#components/admin/sign-out.tsx';
import { SiteFrame } from '#components/site-frame.tsx';
import { server } from '#server.ts';
import { ApiProvider } from '#trpc/client.tsx';

export const metadata: Metadata = { title: 'Operations', robots: { index: false } };

export default async function AdminPage() {
  // Closed by default: where the session cannot be checked, nobody is let in.
  const session = await server()
    .auth.sessionOf(await headers())
    .catch(() => null);
  if (!session || !roleOf(session)) redirect('/admin/sign-in');
  return (
    <SiteFrame width="wide" aside={<SignOut email={session.user.email} />}>
      <NuqsAdapter>
        <ApiProvider>
          <Dashboard />
        </ApiProvider>
      </NuqsAdapter>
    </SiteFrame>
  );
}
