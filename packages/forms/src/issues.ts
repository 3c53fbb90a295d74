import { COMPLAINTS } from './complaints.ts';
import type { Locale } from './locale.ts';

/** One thing to correct. `field` is the field's name; empty when it concerns the data as a whole. */
export interface Issue {
  readonly field: string;
  readonly message: string;
}

/** An answer names at most this many things to correct, and counts the rest. */
export const MAX_ISSUES = 100;

/**
 * The first issues, and the number of further ones: a sender controls how many errors its data has, and must not control how
 * large the answer is.
 */
export function limitIssues(issues: readonly Issue[], locale: Locale): readonly Issue[] {
  const left = issues.length - MAX_ISSUES;
  if (left <= 0) return issues;
  return [...issues.slice(0, MAX_ISSUES), { field: '', message: COMPLAINTS[locale].more(left) }];
}
