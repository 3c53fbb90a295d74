'use client';

import { Button } from '#components/ui/button.tsx';
import { PageTitle, SiteFrame } from '#components/site-frame.tsx';

export default function ErrorPage({ error }: { error: Error & { digest?: string } }) {
  return (
    <SiteFrame>
      <PageTitle title="This page could not be shown">
        Something went wrong on our side. What you have sent is not affected: a submission with a receipt is
        kept.
      </PageTitle>
      <Button onClick={() => window.location.reload()}>Try again</Button>
      {error.digest ? <p className="mt-8 text-sm text-ink-soft">For our log: {error.digest}</p> : null}
    </SiteFrame>
  );
}
