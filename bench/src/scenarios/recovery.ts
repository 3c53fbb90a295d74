import type { Entrant } from '../competitors/competitor.ts';
import { openClaim } from '../competitors/raw-postgres.ts';
import { openSpillway } from '../competitors/spillway.ts';
import { seedBacklog } from '../seed-backlog.ts';
import { compete } from './scenario.ts';
import type { Scenario } from './scenario.ts';

/** Moves waiting rows, batch by batch, until all are moved. */
interface Mover extends AsyncDisposable {
  fill(count: number): Promise<void>;
  /** Resolves to how many it moved. */
  move(): Promise<number>;
}

const HIGH_WATER = 500_000;

const recover: Entrant<Mover> = {
  name: 'Spillway recover',
  open: async (harness) => {
    const { queue, database, clear, ...rest } = await openSpillway(harness, { highWater: HIGH_WATER });
    return {
      fill: async (count) => {
        await clear();
        await seedBacklog(database, queue.name, count, 'due');
      },
      move: async () => (await queue.recover()).pushed,
      ...rest,
    };
  },
};

const claim: Entrant<Mover> = { name: 'pg claim of 500, SKIP LOCKED', open: openClaim };

const ENTRANTS = [recover, claim];

export const recovery: Scenario = {
  name: 'recovery',
  title: 'Rows per second from Postgres to Redis, and as a bare claim, one caller',
  competitors: ENTRANTS.map((one) => one.name),
  run: (bench) =>
    compete(bench, ENTRANTS, bench.profile.rounds, ({ fill, move }) => ({
      unit: '1/s',
      prepare: async () => {
        await bench.harness.emptyRedis();
        await fill(bench.profile.jobs);
      },
      measure: () => moveAll(bench.profile.jobs, move),
    })),
};

async function moveAll(count: number, move: () => Promise<number>): Promise<number> {
  const startedMs = performance.now();
  for (let moved = 0; moved < count;) {
    const more = await move();
    if (more === 0) throw new Error(`only ${moved} of ${count} rows could be moved`);
    moved += more;
  }
  return (count / (performance.now() - startedMs)) * 1_000;
}
