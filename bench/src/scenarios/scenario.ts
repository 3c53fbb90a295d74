import type { Entrant } from '../contestants/contestant.ts';
import type { Effort } from '../effort.ts';
import { interleave } from '../rounds.ts';
import type { Contender, Series } from '../rounds.ts';
import type { Stand } from '../stand.ts';

export interface Bench {
  readonly stand: Stand;
  readonly effort: Effort;
  readonly log: (text: string) => void;
}

/** One question, put to several contenders in turn. */
export interface Scenario {
  /** For `--only`. */
  readonly name: string;
  readonly title: string;
  /** The scenario has no target: it is left out if time is short. */
  readonly aside?: boolean;
  /** The names of its series. */
  readonly contenders: readonly string[];
  run(bench: Bench): Promise<Series[]>;
}

/** Opens all entrants, lets them compete, and closes them. */
export async function compete<T extends AsyncDisposable>(
  bench: Bench,
  entrants: readonly Entrant<T>[],
  rounds: number,
  toContender: (opened: T) => Omit<Contender, 'name'>,
): Promise<Series[]> {
  await using all = new AsyncDisposableStack();
  const contenders: Contender[] = [];
  for (const { name, open } of entrants) {
    const opened = all.use(await open(bench.stand));
    contenders.push({ name, ...toContender(opened) });
  }
  return await interleave(contenders, rounds, bench.log);
}
