import { Progress as Base } from '@base-ui/react/progress';
import { cn } from '#lib/cn.ts';

interface ProgressProps {
  readonly label: string;
  readonly value: number;
  /** Missing: the progress is unknown. */
  readonly max: number | undefined;
  /** The progress as text, for people who cannot see the bar. */
  readonly words: string;
  readonly tone?: 'accent' | 'bad' | 'neutral';
}

const TONES = { accent: 'bg-accent', bad: 'bg-bad', neutral: 'bg-line-strong' } as const;

export function Progress({ label, value, max, words, tone = 'accent' }: ProgressProps) {
  return (
    <Base.Root
      aria-label={label}
      value={max === undefined ? null : Math.min(value, max)}
      max={Math.max(1, max ?? 1)}
      getAriaValueText={() => words}
    >
      <Base.Track className="h-2 overflow-hidden rounded-full bg-sunken ring-1 ring-line ring-inset">
        <Base.Indicator
          className={cn(
            'h-full rounded-full transition-[width] duration-300 data-indeterminate:w-1/3 data-indeterminate:animate-pulse',
            TONES[tone],
          )}
        />
      </Base.Track>
    </Base.Root>
  );
}
