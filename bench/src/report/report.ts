import type { Profile } from '../profile.ts';
import type { Series } from '../rounds.ts';
import type { Verdict } from '../verdict.ts';

/** All that a run found out. */
export interface Report {
  readonly environment: string;
  readonly profile: Profile;
  readonly scenarios: Readonly<Record<string, readonly Series[]>>;
  readonly verdicts: readonly Verdict[];
}
