import { setTimeout as pause } from 'node:timers/promises';

/** What the last contender left on its way (sockets, garbage) is over after this long, ms. */
const SETTLE_MS = 50;

/** `1/s`: more is better. `ms`: less is. */
type Unit = '1/s' | 'ms';

/** A competitor in a scenario. */
export interface Contender {
  readonly name: string;
  readonly unit: Unit;
  /** Before each measurement, untimed: clears what the last one left, fills what the next one works off. */
  readonly prepare?: () => Promise<void>;
  readonly measure: () => Promise<number>;
  /** Afterwards: what a reader of the figures should know. */
  readonly note?: () => string | undefined;
}

/** What one contender made of a scenario, round by round. */
export interface Series {
  readonly name: string;
  readonly unit: Unit;
  readonly samples: readonly number[];
  readonly note?: string;
}

/** Runs all competitors in turn, round by round. Each round begins with another one, so that a quiet minute favours none. */
export async function interleave(
  contenders: readonly Contender[],
  rounds: number,
  log: (text: string) => void,
): Promise<Series[]> {
  const samples = new Map(contenders.map(({ name }): [string, number[]] => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (let turn = 0; turn < contenders.length; turn += 1) {
      const contender = contenders[(round + turn) % contenders.length];
      if (contender === undefined) continue;
      await contender.prepare?.();
      await pause(SETTLE_MS);
      samples.get(contender.name)?.push(await contender.measure());
    }
    log(`round ${round + 1} of ${rounds}`);
  }
  return contenders.map(({ name, unit, note }) => {
    const text = note?.();
    return { name, unit, samples: samples.get(name) ?? [], ...(text !== undefined && { note: text }) };
  });
}
