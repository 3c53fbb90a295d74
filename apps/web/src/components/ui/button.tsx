import { Button as BaseButton } from '@base-ui/react/button';
import { cva } from 'class-variance-authority';
import type { VariantProps } from 'class-variance-authority';
import type { ComponentProps } from 'react';
import { cn } from '#lib/cn.ts';

export const buttonVariants = cva(
  [
    'inline-flex cursor-pointer items-center justify-center gap-2 rounded-lg font-medium whitespace-nowrap select-none',
    'transition-colors duration-150 focus-visible:outline-2 focus-visible:outline-offset-2',
    'disabled:cursor-default disabled:opacity-60 data-disabled:cursor-default data-disabled:opacity-60',
    '[&_svg]:size-4 [&_svg]:shrink-0',
  ],
  {
    variants: {
      variant: {
        primary: 'bg-accent text-accent-ink hover:bg-accent-strong active:bg-accent-strong',
        outline: 'border border-line bg-surface text-ink hover:border-line-strong hover:bg-sunken',
        quiet: 'text-ink-soft hover:bg-sunken hover:text-ink',
        danger: 'border border-line bg-surface text-bad hover:border-bad hover:bg-bad-soft',
        'danger-strong': 'bg-bad text-paper hover:brightness-95 active:brightness-90',
      },
      size: {
        large: 'min-h-12 px-6 text-base',
        medium: 'min-h-10 px-4 text-sm',
        small: 'min-h-8 px-3 text-sm',
      },
    },
    defaultVariants: { variant: 'primary', size: 'medium' },
  },
);

type ButtonProps = Omit<ComponentProps<typeof BaseButton>, 'className'> &
  VariantProps<typeof buttonVariants> & { className?: string };

export function Button({ className, variant, size, ...props }: ButtonProps) {
  return <BaseButton className={cn(buttonVariants({ variant, size }), className)} {...props} />;
}
