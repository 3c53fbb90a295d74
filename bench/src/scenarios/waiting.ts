import { openBacklog } from '../backlog.ts';
import type { Backlog, BacklogOptions } from '../backlog.ts';
import { openRedisBacklog } from '../backlog-redis.ts';
import type { RedisBacklog } from '../backlog-redis.ts';
import type { When } from '../seed-backlog.ts';
import { interleave } from '../rounds.ts';
import type { Competitor, Series } from '../rounds.ts';
import type { Harness } from '../harness.ts';
import type { Bench, Scenario } from './scenario.ts';

type CostOf<T> = Extract<keyof T, string>;
type Size = 'few' | 'many';

export const COSTS: readonly CostOf<Backlog>[] = ['enqueue', 'claim', 'recover', 'page', 'overview'];
export const REDIS_COSTS: readonly CostOf<RedisBacklog>[] = ['enqueue', 'claim'];
export const WHENS: readonly When[] = ['due', 'not due'];
const SIZES: readonly Size[] = ['few', 'many'];

/** The name of a series, as the targets know it. */
export function waitingName(cost: string, when: When, size: Size): string {
  return `${cost}, ${size} ${when}`;
}

export const waiting = waitingScenario(
  'waiting',
  'Cost with few and with many waiting in Postgres (enqueue, claim, recover: of 1,000)',
  COSTS,
  openBacklog,
);

export const waitingInRedis = waitingScenario(
  'waiting-redis',
  'Cost with few and with many waiting in Redis (of 1,000)',
  REDIS_COSTS,
  openRedisBacklog,
);

function waitingScenario<Cost extends string>(
  name: string,
  title: string,
  costs: readonly Cost[],
  open: (
    harness: Harness,
    options: BacklogOptions,
  ) => Promise<Readonly<Record<Cost, () => Promise<number>>> & AsyncDisposable>,
): Scenario {
  const run = async ({ harness, profile, log }: Bench): Promise<Series[]> => {
    await harness.emptyRedis();
    await using all = new AsyncDisposableStack();
    const competitors: Competitor[] = [];
    for (const when of WHENS) {
      for (const size of SIZES) {
        log(`${profile.backlog[size]} ${when}`);
        const queue = `${size}-${when.replace(' ', '-')}`;
        const backlog = all.use(await open(harness, { name: queue, waiting: profile.backlog[size], when }));
        for (const cost of costs) {
          competitors.push({
            name: waitingName(cost, when, size),
            unit: 'ms',
            measure: () => backlog[cost](),
          });
        }
      }
    }
    return await interleave(competitors, profile.rounds, log);
  };
  const competitors = WHENS.flatMap((when) =>
    SIZES.flatMap((size) => costs.map((cost) => waitingName(cost, when, size))),
  );
  return { name, title, competitors, run };
}
