import { roleOf } from '@spillway/api';
import type { Metadata } from 'next';
import { headers } from 'next/headers';
import { redirect } from 'next/navigation';
import { NuqsAdapter } from 'nuqs/adapters/next/app';
import type { ReactNode } from 'react';
import { AdminFrame } from '#components/admin/admin-frame.tsx';
import { LiveProvider } from '#components/admin/live.tsx';
import { MeProvider } from '#components/admin/me.tsx';
import { NoAccess } from '#components/admin/no-access.tsx';
import { server } from '#server.ts';
import { ApiProvider } from '#trpc/client.tsx';

export const metadata: Metadata = { robots: { index: false } };

/** The frame of each page for signed-in users: the user, the state of the queue, and the navigation. */
export default async function SignedInLayout({ children }: { children: ReactNode }) {
  // Closed by default: if the session cannot be checked, access is refused.
  const { auth, config } = server();
  const session = await auth.sessionOf(await headers()).catch(() => null);
  if (!session) redirect('/admin/sign-in');
  const { email, name } = session.user;
  const role = roleOf(session);
  if (!role) return <NoAccess email={email} />;
  return (
    <NuqsAdapter>
      <ApiProvider>
        <MeProvider me={{ email, name, role }} hasSandbox={config.SPILLWAY_SANDBOX !== undefined}>
          <LiveProvider>
            <AdminFrame>{children}</AdminFrame>
          </LiveProvider>
        </MeProvider>
      </ApiProvider>
    </NuqsAdapter>
  );
}
