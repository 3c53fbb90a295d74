import { openBacklog } from '../backlog.ts';
import { openRedisBacklog } from '../backlog-redis.ts';
import type { Series } from '../rounds.ts';
import type { Bench, Scenario } from './scenario.ts';

export const GROWTH_SIZES = [1, 1_000, 10_000, 100_000, 1_000_000];

/** Views first: everything else lets more wait. */
const IN_POSTGRES = ['page', 'overview', 'enqueue', 'claim', 'recover'] as const;
const IN_REDIS = ['enqueue', 'claim'] as const;

export const GROWTH_COSTS = [
  ...IN_REDIS.map((cost) => `Redis: ${cost}`),
  ...IN_POSTGRES.map((cost) => `Postgres: ${cost}`),
];

export function growthName(cost: string, size: number): string {
  return `${cost}, ${size} waiting`;
}

/** What things cost with 1 to 1,000,000 submissions waiting and due: enqueue, claim, recover per 1,000; views each. */
export const growth: Scenario = {
  name: 'growth',
  title: 'Cost by the number waiting (enqueue, claim, recover: of 1,000)',
  competitors: GROWTH_SIZES.flatMap((size) => GROWTH_COSTS.map((cost) => growthName(cost, size))),
  run,
};

async function run(bench: Bench): Promise<Series[]> {
  const series: Series[] = [];
  for (const size of GROWTH_SIZES) {
    bench.log(`${size} waiting`);
    await bench.harness.emptyRedis();
    const options = { name: `growth-${size}`, waiting: size, when: 'due' } as const;
    await using redis = await openRedisBacklog(bench.harness, options);
    for (const cost of IN_REDIS)
      series.push(await sample(bench, growthName(`Redis: ${cost}`, size), redis[cost]));
    await bench.harness.emptyRedis();
    await using postgres = await openBacklog(bench.harness, options);
    for (const cost of IN_POSTGRES)
      series.push(await sample(bench, growthName(`Postgres: ${cost}`, size), postgres[cost]));
  }
  return series;
}

async function sample({ profile }: Bench, name: string, measure: () => Promise<number>): Promise<Series> {
  // The first one pays for connections and plans.
  await measure();
  const samples: number[] = [];
  for (let round = 0; round < profile.rounds; round += 1) samples.push(await measure());
  return { name, unit: 'ms', samples };
}
