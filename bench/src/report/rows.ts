import type { Series } from '../rounds.ts';
import { summarize } from '../stats.ts';
import type { Bound } from '../targets.ts';
import type { Verdict } from '../verdict.ts';
import { figure } from './format.ts';
import type { Row } from './table.ts';

/** A scenario's figures, one competitor a line. */
export function seriesRows(title: string, series: readonly Series[]): Row[] {
  const rows = series.map(({ name, unit, samples, note }): Row => {
    const { median, min, max } = summarize(samples);
    return [name, `${figure(median)} ${unit}`, `${figure(min)} to ${figure(max)}`, note ?? ''];
  });
  return [[title, 'median', 'rounds', ''], ...rows];
}

/** The targets, and what became of them. */
export function verdictRows(verdicts: readonly Verdict[]): Row[] {
  const rows = verdicts.map(({ target, ratio, reached }): Row => [
    target.what,
    boundText(target.bound),
    figure(ratio.median),
    `${figure(ratio.min)} to ${figure(ratio.max)}`,
    reached ? 'reached' : 'MISSED',
  ]);
  return [['ratio', 'target', 'median', 'rounds', ''], ...rows];
}

function boundText(bound: Bound): string {
  return 'atLeast' in bound ? `≥ ${bound.atLeast}` : `≤ ${bound.atMost}`;
}
