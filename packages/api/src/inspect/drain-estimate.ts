import type { Overview } from '@spillway/queue';

/** The pace is that of what waited over this long, ms; less than the shorter one says nothing yet. */
const WINDOW_MS = 30_000;
const MIN_WINDOW_MS = 4_000;

interface Sample {
  readonly atMs: number;
  readonly waiting: number;
}

/** Says when nothing will wait any more. `undefined`: it does not get less, or cannot be counted. */
export type DrainEstimate = (overview: Overview) => number | undefined;

/** From one look at the queue to the next: what waits, and how fast it gets less. */
export function createDrainEstimate(): DrainEstimate {
  let samples: Sample[] = [];
  return (overview) => {
    const waiting = waitingIn(overview);
    if (waiting === undefined || waiting === 0) {
      samples = [];
      return undefined;
    }
    const atMs = overview.at.getTime();
    samples = [...samples.filter((one) => one.atMs > atMs - WINDOW_MS), { atMs, waiting }];
    // From the height on: what came in before it says nothing of how fast it goes.
    const height = samples.reduce((highest, one) => (one.waiting >= highest.waiting ? one : highest));
    if (atMs - height.atMs < MIN_WINDOW_MS) return undefined;
    const perMs = (height.waiting - waiting) / (atMs - height.atMs);
    return Math.round(waiting / perMs);
  };
}

/** Due submissions, each once: what waits in Postgres is in Redis, too, but for what was not pushed. */
function waitingIn({ redis, postgres, unpushed, workingFrom }: Overview): number | undefined {
  const here = postgres.depth;
  if (here === undefined || here.capped) return undefined;
  if (workingFrom !== 'redis' || redis.depth === undefined) return here.ready + here.active;
  if (unpushed === undefined) return undefined;
  return redis.depth.ready + redis.depth.active + Math.min(unpushed, here.ready);
}
