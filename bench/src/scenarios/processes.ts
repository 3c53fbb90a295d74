import { repeat } from '../closed-loop.ts';
import { openSpillway } from '../competitors/spillway.ts';
import { data } from '../payload.ts';
import { runCrew } from '../processes/process-group.ts';
import type { CrewOptions } from '../processes/process-group.ts';
import { interleave } from '../rounds.ts';
import type { Competitor, Series } from '../rounds.ts';
import type { Bench, Scenario } from './scenario.ts';

const SIZES = [1, 2, 4];
const ROLES = ['accept', 'work'] as const;
const CALLERS = 64;
const FILLERS = 512;
/** Enough for all of them to work for the whole window. */
const JOBS_FACTOR = 4;

type Role = (typeof ROLES)[number];

function nameOf(role: Role, size: number): string {
  return `${size} ${size === 1 ? 'process' : 'processes'}, ${role}`;
}

/** What more processes bring on this machine, where they share the cores with the stores. */
export const processes: Scenario = {
  name: 'processes',
  title: `Submissions per second, several processes on one queue, Redis first (accept: ${CALLERS} callers in all)`,
  aside: true,
  competitors: ROLES.flatMap((role) => SIZES.map((size) => nameOf(role, size))),
  run,
};

async function run({ harness, profile, log }: Bench): Promise<Series[]> {
  await using spillway = await openSpillway(harness, { primary: 'redis' });
  const { queue, database, clear } = spillway;
  const options = (role: Role, size: number): CrewOptions => ({
    role,
    queue: queue.name,
    redisUrl: harness.redis.url,
    postgresUrl: database.url,
    callers: Math.ceil(CALLERS / size),
    windowMs: profile.windowMs,
  });
  const competitor = (role: Role, size: number): Competitor => ({
    name: nameOf(role, size),
    unit: '1/s',
    prepare: async () => {
      await Promise.all([harness.emptyRedis(), clear()]);
      if (role === 'work')
        await repeat(profile.jobs * JOBS_FACTOR, FILLERS, () => queue.enqueue({ form: 'inbox', data }));
    },
    measure: () => runCrew(size, options(role, size)),
  });
  return await interleave(
    ROLES.flatMap((role) => SIZES.map((size) => competitor(role, size))),
    profile.sideRounds,
    log,
  );
}
