import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { faketimeLibrary } from '../faketime.ts';
import type { Member } from '../fleet.ts';
import { noted } from './bites.ts';
import type { Fault } from './fault.ts';

const STEP_SECONDS = 10 * 60;
const HALF = 2;
const SEEN_MINUTES = 9;

/** One process' clock jumps ten minutes ahead and then ten minutes behind; the others' stay right. */
function clockOf(kind: 'worker' | 'producer'): Fault {
  return {
    name: `${kind}-clock`,
    hits: kind,
    isAway: false,
    holdMs: [4_000, 5_000],
    alone: true,
    missing: () =>
      faketimeLibrary().then(
        () => undefined,
        (error: unknown) => `libfaketime cannot be had (${String(error).split('\n')[0]})`,
      ),
    inject: async (rig, { notes, holdMs, strike }) => {
      const clock = join(tmpdir(), `spillway-clock-${randomUUID()}`);
      const step = (seconds: number) => writeFile(clock, `${seconds < 0 ? '' : '+'}${seconds}\n`);
      await step(0);
      const replaced = kind === 'worker' ? rig.fleet.workers[0] : rig.fleet.producers[0];
      if (replaced) await rig.fleet.end(replaced, 'SIGTERM');
      const member = await rig.fleet.spawn(kind, { env: await fakedClock(clock) });
      strike();
      await step(STEP_SECONDS);
      notes.set('minutes ahead', await minutesAhead(member));
      await pause(holdMs / HALF);
      await step(-STEP_SECONDS);
      notes.set('minutes behind', -(await minutesAhead(member)));
      return async () => {
        await step(0);
        await rig.fleet.end(member, 'SIGTERM');
        await rig.fleet.spawn(kind);
      };
    },
    bites: (evidence) => [
      ...noted(evidence, 'minutes ahead', SEEN_MINUTES),
      ...noted(evidence, 'minutes behind', SEEN_MINUTES),
    ],
  };
}

export const workerClock = clockOf('worker');
export const producerClock = clockOf('producer');

async function fakedClock(file: string): Promise<Record<string, string>> {
  return {
    LD_PRELOAD: await faketimeLibrary(),
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: '1',
    // Timers run on the monotonic clock, which no step of the time of day moves.
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    DONT_FAKE_MONOTONIC: '1',
  };
}

async function minutesAhead(member: Member): Promise<number> {
  const seen = await member.look();
  return seen ? (seen.wallMs - Date.now()) / 60_000 : 0;
}
