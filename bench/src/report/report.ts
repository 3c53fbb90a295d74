import type { Effort } from '../effort.ts';
import type { Series } from '../rounds.ts';
import type { Verdict } from '../verdict.ts';

/** All that a run found out. */
export interface Report {
  readonly environment: string;
  readonly effort: Effort;
  readonly scenarios: Readonly<Record<string, readonly Series[]>>;
  readonly verdicts: readonly Verdict[];
}
