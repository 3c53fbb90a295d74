import type { ComponentProps } from 'react';
import { cn } from '#lib/cn.ts';

export function Card({ className, ...props }: ComponentProps<'section'>) {
  return (
    <section className={cn('rounded-xl border border-line bg-surface shadow-card', className)} {...props} />
  );
}
