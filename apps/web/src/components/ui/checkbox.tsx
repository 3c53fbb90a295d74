import type { ComponentProps } from 'react';
import { cn } from '#lib/cn.ts';

interface CheckboxProps extends Omit<ComponentProps<'input'>, 'type'> {
  readonly label: string;
  /** The label for people who cannot see the text beside the checkbox. */
  readonly isLabelHidden?: boolean;
  /** Some of the items that it represents are selected, not all. */
  readonly isMixed?: boolean;
}

/** The browser's own, in our colours; around it, room for a finger. */
export function Checkbox({
  className,
  label,
  isLabelHidden = false,
  isMixed = false,
  ...props
}: CheckboxProps) {
  return (
    <label
      className={cn(
        'flex min-h-9 cursor-pointer items-center gap-2.5',
        isLabelHidden && 'min-w-9',
        className,
      )}
    >
      <input
        type="checkbox"
        ref={(input) => {
          if (input) input.indeterminate = isMixed;
        }}
        className="size-[1.05rem] shrink-0 cursor-pointer accent-accent"
        {...props}
      />
      <span className={isLabelHidden ? 'sr-only' : 'text-sm'}>{label}</span>
    </label>
  );
}
