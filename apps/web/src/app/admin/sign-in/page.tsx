import type { Metadata } from 'next';
import { SignInForm } from '#components/admin/sign-in-form.tsx';
import { SsoButton } from '#components/admin/sso-button.tsx';
import { PageTitle, SiteFrame } from '#components/site-frame.tsx';
import { server } from '#server.ts';

export const metadata: Metadata = { title: 'Sign in', robots: { index: false } };

export default async function SignInPage({
  searchParams,
}: {
  searchParams: Promise<Record<string, unknown>>;
}) {
  const { ssoName } = server();
  const hasFailed = 'error' in (await searchParams);
  return (
    <SiteFrame>
      <div className="mx-auto max-w-sm">
        <PageTitle title="Sign in">For operators of this queue.</PageTitle>
        {ssoName === undefined ? null : <SsoButton name={ssoName} hasFailed={hasFailed} />}
        <SignInForm />
        <p className="mt-8 border-t border-line pt-5 text-sm text-ink-soft">
          The first operator is created at the first start; its sign-in is printed there, once.
        </p>
      </div>
    </SiteFrame>
  );
}
