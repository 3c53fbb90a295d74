import Link from 'next/link';
import { buttonVariants } from '#components/ui/button.tsx';
import { PageTitle, SiteFrame } from '#components/site-frame.tsx';

export const metadata = { title: 'Page not found' };

export default function NotFound() {
  return (
    <SiteFrame>
      <PageTitle title="Page not found">
        There is nothing at this address. If you came from a receipt, check that the address is complete: it
        ends with a code of letters and digits.
      </PageTitle>
      <Link href="/" prefetch={false} className={buttonVariants({ variant: 'outline' })}>
        All forms
      </Link>
    </SiteFrame>
  );
}
