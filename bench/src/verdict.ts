import type { Series } from './rounds.ts';
import { ratios, summarize } from './stats.ts';
import type { Summary } from './stats.ts';
import type { Bound, Target } from './targets.ts';

export interface Verdict {
  readonly target: Target;
  readonly ratio: Summary;
  readonly reached: boolean;
}

/** Judges the median of the rounds' ratios. Targets of scenarios that were not run are left out. */
export function judge(
  targets: readonly Target[],
  measured: ReadonlyMap<string, readonly Series[]>,
): Verdict[] {
  return targets.flatMap((target) => {
    const series = measured.get(target.scenario);
    if (series === undefined) return [];
    const samplesOf = (name: string) => series.find((one) => one.name === name)?.samples ?? [];
    const ratio = summarize(ratios(samplesOf(target.numerator), samplesOf(target.denominator)));
    return [{ target, ratio, reached: isWithin(ratio.median, target.bound) }];
  });
}

function isWithin(value: number, bound: Bound): boolean {
  return 'atLeast' in bound ? value >= bound.atLeast : value <= bound.atMost;
}
