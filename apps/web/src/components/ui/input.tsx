import type { ComponentProps } from 'react';
import { cn } from '#lib/cn.ts';

// 16 px and more: below that, iOS zooms into the page at every focus.
const control = [
  'w-full rounded-lg border border-line-strong bg-surface px-3.5 text-base text-ink shadow-none',
  'transition-[border-color] duration-150 hover:border-ink-soft',
  'focus-visible:border-accent focus-visible:outline-2 focus-visible:outline-offset-1',
  'aria-invalid:border-2 aria-invalid:border-bad',
];

export function Input({ className, ...props }: ComponentProps<'input'>) {
  return <input className={cn(control, 'h-12', className)} {...props} />;
}

export function Textarea({ className, ...props }: ComponentProps<'textarea'>) {
  return <textarea className={cn(control, 'block min-h-28 py-3 leading-relaxed', className)} {...props} />;
}

/** The browser's own select: it works without JavaScript, and it is the best picker on a phone. */
export function Select({ className, ...props }: ComponentProps<'select'>) {
  return (
    <div className="relative">
      <select className={cn(control, 'h-12 appearance-none pe-10', className)} {...props} />
      <svg
        viewBox="0 0 16 16"
        aria-hidden="true"
        className="pointer-events-none absolute end-3.5 top-1/2 size-4 -translate-y-1/2 text-ink-soft"
      >
        <path d="m4 6 4 4 4-4" fill="none" stroke="currentColor" strokeWidth="1.75" strokeLinecap="round" />
      </svg>
    </div>
  );
}
