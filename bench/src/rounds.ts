import { setTimeout as pause } from 'node:timers/promises';

/** What the last competitor left on its way (sockets, garbage) is over after this long, ms. */
const SETTLE_MS = 50;

/** `1/s`: more is better. `ms`: less is. */
type Unit = '1/s' | 'ms';

/** One who takes part in a scenario. */
export interface Competitor {
  readonly name: string;
  readonly unit: Unit;
  /** Before each measurement, untimed: clears what the last one left, fills what the next one works off. */
  readonly prepare?: () => Promise<void>;
  readonly measure: () => Promise<number>;
  /** Afterwards: what a reader of the figures should know. */
  readonly note?: () => string | undefined;
}

/** What one competitor made of a scenario, round by round. */
export interface Series {
  readonly name: string;
  readonly unit: Unit;
  readonly samples: readonly number[];
  readonly note?: string;
}

/** All competitors in turn, round after round, each round beginning with another: nobody has the quiet minute alone. */
export async function interleave(
  competitors: readonly Competitor[],
  rounds: number,
  log: (text: string) => void,
): Promise<Series[]> {
  const samples = new Map(competitors.map(({ name }): [string, number[]] => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (let turn = 0; turn < competitors.length; turn += 1) {
      const competitor = competitors[(round + turn) % competitors.length];
      if (competitor === undefined) continue;
      await competitor.prepare?.();
      await pause(SETTLE_MS);
      samples.get(competitor.name)?.push(await competitor.measure());
    }
    log(`round ${round + 1} of ${rounds}`);
  }
  return competitors.map(({ name, unit, note }) => {
    const text = note?.();
    return { name, unit, samples: samples.get(name) ?? [], ...(text !== undefined && { note: text }) };
  });
}
