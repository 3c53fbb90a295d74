import Link from 'next/link';
import type { ReactNode } from 'react';
import { Wordmark } from './logo.tsx';

interface SiteFrameProps {
  readonly children: ReactNode;
  /** Shown at the right end of the header. */
  readonly aside?: ReactNode;
  /** The words of the link past the header. */
  readonly skip?: string;
}

/** Header, the page's one `main`, and nothing else. */
export function SiteFrame({ children, aside, skip = 'Skip to the content' }: SiteFrameProps) {
  return (
    <>
      <SkipLink>{skip}</SkipLink>
      <header className="border-b border-line print:hidden">
        <div className="mx-auto flex h-16 w-full max-w-2xl items-center justify-between gap-4 px-5 sm:px-8">
          <Link href="/" prefetch={false} className="-mx-2 inline-flex rounded-lg px-2 py-1">
            <Wordmark />
          </Link>
          {aside}
        </div>
      </header>
      <main id="content" className="mx-auto w-full max-w-2xl grow px-5 pt-10 pb-24 sm:px-8 sm:pt-14">
        {children}
      </main>
    </>
  );
}

/** For keyboard users: a link past the parts that are the same on every page. */
export function SkipLink({ children }: { children: ReactNode }) {
  return (
    <a
      href="#content"
      className="sr-only rounded-lg bg-accent px-4 py-2 font-medium text-accent-ink focus:not-sr-only focus:fixed focus:top-3 focus:start-3 focus:z-50"
    >
      {children}
    </a>
  );
}

/** The head of a page: one h1 and, below it, what the page is for. */
export function PageTitle({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="mb-10">
      <h1 className="text-3xl font-semibold tracking-tight sm:text-4xl">{title}</h1>
      {children ? <p className="mt-3 text-lg text-ink-soft">{children}</p> : null}
    </div>
  );
}
