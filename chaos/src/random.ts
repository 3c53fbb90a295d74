/** A small generator without a dependency, so that a seed gives the same numbers on every machine and in every version of Node. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** A whole number from `min` to `max`, both included. */
  between(min: number, max: number): number;
  pick<T>(from: readonly T[]): T;
  shuffle<T>(of: readonly T[]): T[];
  chance(share: number): boolean;
}

/** mulberry32: 32 bits of state, good enough to choose faults by, not for secrets. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (min: number, max: number) => min + Math.floor(next() * (max - min + 1));
  return {
    next,
    between,
    pick: (from) => {
      const picked = from[between(0, from.length - 1)];
      if (picked === undefined) throw new RangeError('Nothing to pick from.');
      return picked;
    },
    shuffle: (of) => {
      const shuffled = [...of];
      for (let last = shuffled.length - 1; last > 0; last -= 1) {
        const [moved] = shuffled.splice(between(0, last), 1);
        if (moved !== undefined) shuffled.push(moved);
      }
      return shuffled;
    },
    chance: (share) => next() < share,
  };
}
