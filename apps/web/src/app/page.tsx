import { forms } from '@spillway/forms';
import { ArrowRight } from 'lucide-react';
import Link from 'next/link';
import { PageTitle, SiteFrame } from '#components/site-frame.tsx';

const operatorLink = (
  <Link
    href="/admin"
    prefetch={false}
    className="rounded-lg text-sm text-ink-soft hover:text-ink hover:underline"
  >
    For operators
  </Link>
);

export default function FormsPage() {
  const withPage = forms.filter((form) => form.fields.length > 0);
  return (
    <SiteFrame aside={operatorLink}>
      <PageTitle title="Forms">Choose a form. What you send is kept until it has been processed.</PageTitle>
      <ul className="grid gap-3">
        {withPage.map((form) => (
          <li key={form.name}>
            <Link
              href={`/forms/${form.name}`}
              prefetch={false}
              className="group flex items-center gap-4 rounded-xl border border-line bg-surface p-5 shadow-card transition-colors hover:border-accent sm:p-6"
            >
              <span className="min-w-0 grow">
                <span className="block text-lg font-semibold tracking-tight">{form.title}</span>
                <span className="mt-0.5 block text-ink-soft">{form.intro}</span>
              </span>
              <ArrowRight
                aria-hidden="true"
                className="size-5 shrink-0 text-accent transition-transform group-hover:translate-x-1"
              />
            </Link>
          </li>
        ))}
      </ul>
      <p className="mt-10 text-sm text-ink-soft">
        Programs post JSON to <code className="font-mono text-ink">/api/submit</code>; without a form’s name
        it goes to the open inbox.
      </p>
    </SiteFrame>
  );
}
