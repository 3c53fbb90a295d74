import { setTimeout as pause } from 'node:timers/promises';
import type { Notes } from './faults/fault.ts';
import type { Rig } from './rig.ts';
import { triesOf } from './runs.ts';
import type { Run, Tries } from './runs.ts';
import type { Attempt } from './verdict.ts';

/** The default of `createWorker`, which the workers here use. */
const MAX_ATTEMPTS = 10;
/** A batch that fails is halved until the one that fails is alone: 200, 100, 50, 25, 13, 7, 4, 2, 1. What a store might have caused runs again. */
const RUNS_PER_ATTEMPT = 12;
/** A submission beside a bad one settles within this many claims. */
const NEIGHBOUR_CLAIMS = 5;
/** A producer has the pool for accepting, a worker the one for working, and each looks now and then at the store. */
const CONNECTIONS = { producer: 4 + 2, worker: 8 + 2 };
/** The campaign's own queue, and two workers that are replaced and whose connections are not over yet. */
const OTHER_CONNECTIONS = 12 + 2 * CONNECTIONS.worker;
const LOOK_EVERY_MS = 100;
const EXAMPLES = 3;

interface Limits {
  /** Only handlers went wrong: no store is to blame for an attempt that was not counted. */
  readonly isHandlers: boolean;
  /** Takes the largest numbers that were found. */
  readonly measured: Notes;
}

/** What was tried more often than it may be, in words. */
export function tooOften(
  runs: readonly Run[],
  attempts: readonly Attempt[],
  { isHandlers, measured }: Limits,
): string[] {
  const tries = triesOf(runs);
  const complaints = [...new Map(attempts.map((one) => [one.id, one])).values()].flatMap((one) => {
    const found = tries.get(one.id);
    if (found === undefined) return [];
    if (isHandlers) measure(measured, one, found);
    return [
      ...(found.attempts > MAX_ATTEMPTS
        ? [`${one.id} was tried ${found.attempts} times of ${MAX_ATTEMPTS}`]
        : []),
      ...(isHandlers ? beyondBlame(one, found) : []),
    ];
  });
  const others = complaints.length - EXAMPLES;
  return others > 0 ? [...complaints.slice(0, EXAMPLES), `and ${others} more like these`] : complaints;
}

function beyondBlame({ id, content }: Attempt, { runs, attempts }: Tries): string[] {
  const claims = NEIGHBOUR_CLAIMS + (content.flaky ? 1 : 0);
  return [
    ...(runs > attempts * RUNS_PER_ATTEMPT ? [`${id} ran ${runs} times in ${attempts} attempts`] : []),
    ...(content.mischief === undefined && attempts > claims
      ? [`${id}, beside a bad one, took ${attempts} claims`]
      : []),
  ];
}

function measure(measured: Notes, { content }: Attempt, { runs }: Tries): void {
  const what = content.mischief ? 'most runs of a bad one' : 'most runs of a neighbour';
  measured.set(what, Math.max(measured.get(what) ?? 0, runs));
}

/** Handlers that have been called and have not returned, of workers that still run. */
export function unendedRuns(rig: Rig): Run[] {
  const alive = new Set(rig.fleet.workers.map((worker) => worker.name));
  return rig.runs().filter((run) => run.endedMs === undefined && alive.has(run.worker));
}

/**
 * Counts the server processes that work for the system under test, until the returned function is called. That says whether they
 * were too many.
 */
export function watchBackends({ stores, fleet }: Rig, measured: Notes): () => Promise<string[]> {
  const { admin, role } = stores;
  const stopping = new AbortController();
  let most = 0;
  let bound = 0;
  const watch = async () => {
    while (!stopping.signal.aborted) {
      // A fault of Postgres may not let anybody look.
      const { rows } = await admin
        .query<{ count: number }>('SELECT count(*)::int AS count FROM pg_stat_activity WHERE usename = $1', [
          role,
        ])
        .catch(() => ({ rows: [] }));
      most = Math.max(most, rows[0]?.count ?? 0);
      bound = Math.max(
        bound,
        fleet.producers.length * CONNECTIONS.producer +
          fleet.workers.length * CONNECTIONS.worker +
          OTHER_CONNECTIONS,
      );
      await pause(LOOK_EVERY_MS);
    }
  };
  const watching = watch();
  return async () => {
    stopping.abort();
    await watching;
    measured.set('most backends', most);
    return most <= bound ? [] : [`${most} backends in Postgres, expected at most ${bound}`];
  };
}
