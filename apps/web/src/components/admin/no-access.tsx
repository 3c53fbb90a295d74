import { PageTitle, SiteFrame } from '#components/site-frame.tsx';
import { SignOut } from './sign-out.tsx';

/** The page for a signed-in person without a role. */
export function NoAccess({ email }: { readonly email: string }) {
  return (
    <SiteFrame>
      <PageTitle title="No access">You are signed in as {email}, but you have no role here.</PageTitle>
      <p className="mb-6">
        Ask an admin to give you a role, or to add you to a group that has one. Then sign in again.
      </p>
      <SignOut />
    </SiteFrame>
  );
}
