import { closedLoop } from '../closed-loop.ts';
import { insertOne } from '../competitors/raw-postgres.ts';
import { redisAway } from '../competitors/spillway.ts';
import { interleave } from '../rounds.ts';
import type { Competitor, Series } from '../rounds.ts';
import type { Bench, Scenario } from './scenario.ts';

const CALLERS = [1, 16, 64];
const ENTRANTS = [redisAway, insertOne];
/** Each flush of the log takes so much longer, µs: the ordinary SSD of a cloud, where ours takes a tenth of a millisecond. */
const DISKS = { fast: 0, slow: 3_000 };

type Disk = keyof typeof DISKS;

function slowDiskName(entrant: string, callers: number, disk: Disk): string {
  return `${entrant}, ${callers} ${callers === 1 ? 'caller' : 'callers'}${disk === 'slow' ? `, commits of +${DISKS.slow / 1_000} ms` : ''}`;
}

/**
 * What a slow disk costs. Postgres' own `commit_delay`, without the siblings it asks for, sleeps before each flush of its
 * log, with the lock held that others wait for: that is what a slow fsync does, and a delay in the network would not.
 */
export const slowDisk: Scenario = {
  name: 'slow-disk',
  title: 'Submissions accepted per second while Redis is away, by what a commit takes',
  competitors: CALLERS.flatMap((callers) =>
    ENTRANTS.flatMap(({ name }) => [
      slowDiskName(name, callers, 'fast'),
      slowDiskName(name, callers, 'slow'),
    ]),
  ),
  run,
};

async function run({ harness, profile, log }: Bench): Promise<Series[]> {
  await using all = new AsyncDisposableStack();
  await using database = await harness.database();
  const setDisk = async (disk: Disk) => {
    await database.pool.query(`ALTER SYSTEM SET commit_delay = ${DISKS[disk]}`);
    await database.pool.query('ALTER SYSTEM SET commit_siblings = 0');
    await database.pool.query('SELECT pg_reload_conf()');
  };
  const competitors: Competitor[] = [];
  for (const { name, open } of ENTRANTS) {
    const producer = all.use(await open(harness));
    for (const callers of CALLERS) {
      for (const disk of ['fast', 'slow'] as const) {
        competitors.push({
          name: slowDiskName(name, callers, disk),
          unit: '1/s',
          prepare: async () => {
            await setDisk(disk);
            await producer.clear?.();
            await closedLoop(callers, profile.warmUpMs, () => producer.submit());
          },
          measure: async () =>
            (await closedLoop(callers, profile.windowMs, () => producer.submit())).perSecond,
        });
      }
    }
  }
  return await interleave(competitors, profile.rounds, log);
}
