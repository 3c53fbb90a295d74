import { setTimeout as pause } from 'node:timers/promises';
import { monotonicMs } from '../clock.ts';
import { strikeAndHeal } from '../episode.ts';
import type { Fault } from '../faults/fault.ts';
import type { Rig } from '../rig.ts';
import type { Attempt } from '../verdict.ts';
import { score, unfinished } from './score.ts';
import type { Score } from './score.ts';
import { keptByUs } from './spillway.ts';

const LEAD_MS = 1_000;
const AFTER_MS = 2_000;
const LOOK_EVERY_MS = 500;
/** Nothing moved for so long: longer than any lease, timeout or pause between attempts that was set here. */
const STILL_MS = 12_000;
const LIMIT_MS = 60_000;
/** What has just been acknowledged may be on its way from one place to another. */
const EMPTY_LOOKS = 3;

export interface PeerEpisode {
  readonly seed: number;
  readonly ratePerSecond: number;
}

/** Load, a fault, its end, and what has become of everything once nothing moves any more. */
export async function playFault(
  rig: Rig,
  fault: Fault,
  { seed, ratePerSecond }: PeerEpisode,
): Promise<Score> {
  const beganMs = monotonicMs();
  const [holdMs] = fault.holdMs;
  rig.fleet.load(ratePerSecond);
  try {
    await pause(LEAD_MS);
    const plan = { faults: [fault], primary: rig.primary, disk: 'normal', holdMs, seed } as const;
    await strikeAndHeal(rig, plan, { ratePerSecond, windowMs: holdMs + AFTER_MS }, new Map());
  } finally {
    await rig.fleet.rest();
  }
  const attempts = () => rig.attempts().filter((one) => one.startedMs >= beganMs);
  const kept = await settle(rig, attempts);
  return score(attempts(), await rig.effects(), kept);
}

/** Waits until everything acknowledged is done, or not to be had, or does not move. Resolves with what is kept then. */
async function settle(rig: Rig, attempts: () => readonly Attempt[]): Promise<Map<string, 'open' | 'failed'>> {
  const untilMs = monotonicMs() + LIMIT_MS;
  let movedMs = monotonicMs();
  let left = Number.POSITIVE_INFINITY;
  let emptyLooks = 0;
  for (;;) {
    const look = await lookAt(rig, attempts).catch(() => undefined);
    if (look !== undefined) {
      if (look.open !== left) movedMs = monotonicMs();
      left = look.open;
      emptyLooks = left === 0 ? emptyLooks + 1 : 0;
      if (emptyLooks >= EMPTY_LOOKS || monotonicMs() > movedMs + STILL_MS) return look.kept;
    }
    if (monotonicMs() > untilMs) return look?.kept ?? keptBy(rig);
    await pause(LOOK_EVERY_MS);
  }
}

async function lookAt(rig: Rig, attempts: () => readonly Attempt[]) {
  const kept = await keptBy(rig);
  const done = new Set((await rig.effects()).map((one) => one.id));
  const open = [...unfinished(attempts(), done)].filter((id) => kept.get(id) === 'open').length;
  return { kept, open };
}

function keptBy(rig: Rig): Promise<Map<string, 'open' | 'failed'>> {
  return rig.peer ? rig.peer.kept() : keptByUs(rig);
}
