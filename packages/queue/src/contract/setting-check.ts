import type { StoreName } from './errors.ts';

/**
 * How much a finding matters. `danger`: something acknowledged could be lost now, or nothing gets done. `warning`: one more
 * failure, or more load, would hurt. `notice`: worth knowing. `ok`: looked at, and as it should be.
 */
export type Severity = 'ok' | 'notice' | 'warning' | 'danger';

/** One setting or state of a store that was looked at, and what it means for this queue, in words. */
export interface Finding {
  readonly store: StoreName;
  /** As the store itself calls it, where it has a name there. */
  readonly setting: string;
  readonly value: string;
  readonly severity: Severity;
  readonly message: string;
  /** What to do about it. Missing where nothing needs to be done. */
  readonly remedy?: string;
}

/** A verdict before it is known which store it is about. */
export type Verdict = Omit<Finding, 'store'>;

const WORST_FIRST: readonly Severity[] = ['danger', 'warning', 'notice', 'ok'];

/** Worst first; findings of equal weight stay in their order. */
export function worstFirst(findings: readonly Finding[]): Finding[] {
  return findings.toSorted((a, b) => WORST_FIRST.indexOf(a.severity) - WORST_FIRST.indexOf(b.severity));
}

export function ok(setting: string, value: string, message: string): Verdict {
  return { setting, value, severity: 'ok', message };
}

/** A size as people read it. */
export function readable(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const step = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  const value = bytes / 1024 ** step;
  return `${value >= 100 || step === 0 ? Math.round(value) : value.toFixed(1)} ${units[step] ?? 'B'}`;
}
