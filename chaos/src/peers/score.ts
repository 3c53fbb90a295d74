import type { Attempt, Effect } from '../verdict.ts';

/** What became of an episode's submissions. */
export interface Score {
  readonly submissions: number;
  /** Acknowledged, without effect, and not kept either. */
  readonly lost: number;
  /** Its sender was told no, or nothing, at least once. */
  readonly refused: number;
  /** In effect more than once. */
  readonly twice: number;
  /** Acknowledged and kept, and without effect: still open, or given up though nothing was wrong with it. */
  readonly undone: number;
}

/** A submission that no attempt of its handler's can finish may be given up. */
function isHopeless({ content: { mischief } }: Attempt): boolean {
  return mischief !== undefined && mischief.attempts === undefined;
}

export function score(
  attempts: readonly Attempt[],
  effects: readonly Pick<Effect, 'id'>[],
  kept: ReadonlyMap<string, 'open' | 'failed'>,
): Score {
  const submissions = Map.groupBy(attempts, (one) => one.id);
  const times = new Map<string, number>();
  for (const { id } of effects) times.set(id, (times.get(id) ?? 0) + 1);
  const waiting = [...unfinished(attempts, new Set(times.keys()))];
  const count = (condition: (tries: readonly Attempt[]) => boolean) =>
    [...submissions.values()].filter(condition).length;
  return {
    submissions: submissions.size,
    lost: waiting.filter((id) => !kept.has(id)).length,
    // Without a result its sender ended first.
    refused: count((tries) => tries.some(({ result }) => result !== undefined && result !== 'acknowledged')),
    twice: [...times].filter(([id, number]) => submissions.has(id) && number > 1).length,
    undone: waiting.filter((id) => kept.has(id) && !submissions.get(id)?.some(isHopeless)).length,
  };
}

/** Acknowledged, and not in effect. */
export function unfinished(attempts: readonly Attempt[], done: ReadonlySet<string>): Set<string> {
  return new Set(
    attempts.filter((one) => one.result === 'acknowledged' && !done.has(one.id)).map((one) => one.id),
  );
}

export function isWhole({ lost, refused, twice, undone }: Score): boolean {
  return lost + refused + twice + undone === 0;
}
