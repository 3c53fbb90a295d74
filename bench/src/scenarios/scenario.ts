import type { Entrant } from '../competitors/competitor.ts';
import type { Profile } from '../profile.ts';
import { interleave } from '../rounds.ts';
import type { Competitor, Series } from '../rounds.ts';
import type { Harness } from '../harness.ts';

export interface Bench {
  readonly harness: Harness;
  readonly profile: Profile;
  readonly log: (text: string) => void;
}

/** One question, put to several competitors in turn. */
export interface Scenario {
  /** For `--only`. */
  readonly name: string;
  readonly title: string;
  /** The scenario has no target: it is left out if time is short. */
  readonly aside?: boolean;
  /** The names of its series. */
  readonly competitors: readonly string[];
  run(bench: Bench): Promise<Series[]>;
}

/** Opens all entrants, lets them compete, and closes them. */
export async function compete<T extends AsyncDisposable>(
  bench: Bench,
  entrants: readonly Entrant<T>[],
  rounds: number,
  toContender: (opened: T) => Omit<Competitor, 'name'>,
): Promise<Series[]> {
  await using all = new AsyncDisposableStack();
  const competitors: Competitor[] = [];
  for (const { name, open } of entrants) {
    const opened = all.use(await open(bench.harness));
    competitors.push({ name, ...toContender(opened) });
  }
  return await interleave(competitors, rounds, bench.log);
}
