import { setTimeout as pause } from 'node:timers/promises';
import type { Primary } from '@spillway/queue';
import { monotonicMs, pauseUntil } from './clock.ts';
import { drain } from './drain.ts';
import { gatherEvidence, readEpoch } from './evidence.ts';
import type { Span } from './evidence.ts';
import { atLeast, primaryStore } from './faults/bites.ts';
import type { Evidence, Fault, Heal, Notes } from './faults/fault.ts';
import { tooOften, unendedRuns, watchBackends } from './limits.ts';
import { latencyOf } from './latency.ts';
import type { Latency } from './latency.ts';
import { seeded } from './random.ts';
import { sendAgain } from './resend.ts';
import type { Rig } from './rig.ts';
import { nameOf } from './schedule.ts';
import type { EpisodePlan } from './schedule.ts';
import { contentKey, sortOut, violations } from './verdict.ts';
import type { Attempt, Rules, Sets } from './verdict.ts';

const LEAD_MS = 1_000;
/** After a fault's end, until everything has noticed, a refusal still counts as the fault's. */
const AFTERMATH_MS = 3_000;
/** The deadline of `enqueue`, and what two busy cores may add to it. */
const ANSWER_MS = 3_000;
const PRIMARY_SHARE = 0.9;

export interface EpisodeSettings {
  readonly ratePerSecond: number;
  readonly windowMs: number;
}

export interface EpisodeReport {
  readonly name: string;
  readonly primary: Primary;
  readonly holdMs: number;
  readonly sets: Sets;
  readonly evidence: Evidence;
  readonly latency: Latency;
  /** Lost by definition: acknowledged by a Redis that was then made to forget. All of them were sent again. */
  readonly forgotten: number;
  /** Broken promises. */
  readonly complaints: readonly string[];
  /** What the fault should have caused and did not. */
  readonly unbitten: readonly string[];
}

/** Data of one episode that the verdict on the whole session needs. */
export interface Excuses {
  readonly forgiven: Set<string>;
  readonly spans: { readonly fromMs: number; readonly toMs: number }[];
}

/** Load, faults, their end, a full drain, and a verdict on what became of every attempt. Without faults: the control. */
export async function runEpisode(
  rig: Rig,
  plan: EpisodePlan,
  settings: EpisodeSettings,
  excuses: Excuses,
): Promise<EpisodeReport> {
  const complaints: string[] = [];
  const unwell = await rig.fleet.healthy();
  if (unwell.length > 0) complaints.push(`not well before it began: ${unwell.join(', ')}`);
  const beganMs = monotonicMs();
  const notes: Notes = new Map();
  let before: string | undefined;
  let span: Span;
  const measured: Notes = new Map();
  const stopWatching = watchBackends(rig, measured);
  rig.fleet.load(settings.ratePerSecond);
  try {
    await pause(LEAD_MS);
    before = await readEpoch(rig);
    span = await strikeAndHeal(rig, plan, settings, notes);
  } finally {
    complaints.push(...(await stopWatching()));
    // Also where a fault could not be made: what is still being sent would be taken for the next episode's.
    const restless = await rig.fleet.rest();
    if (restless.length > 0) complaints.push(`attempts without an answer: ${restless.join(', ')}`);
  }
  const left = await drain(rig);
  if (left) complaints.push(`not drained: ${left}`, ...(await startAfresh(rig)));
  const after = await readEpoch(rig);

  const attempts = rig.attempts().filter((one) => one.startedMs >= beganMs);
  const ids = new Set(attempts.map((one) => one.id));
  const effects = (await rig.effects()).filter((one) => ids.has(one.id));
  const dead = (await rig.dead()).filter((one) => ids.has(one.conflictsWith ?? one.id));
  const sets = sortOut(attempts, effects, dead);
  const rules = rulesFor(rig, plan, span, attempts);
  if (areBothAway(plan.faults)) {
    excuses.spans.push({ fromMs: span.strikeMs, toMs: span.healedMs + AFTERMATH_MS });
  }
  complaints.push(
    ...violations(sets, attempts, rules),
    ...tooOften(rig.runs(), attempts, { isHandlers: areHandlers(plan.faults), measured }),
    ...(await rig.fleet.replaceCrashed()),
  );
  const forgotten = await resendForgotten(rig, sets, attempts, rules, excuses, complaints);
  const epochs = [before, after] as const;
  const lost = sets.lost.length;
  const { holdMs } = plan;
  const evidence = gatherEvidence({ rig, holdMs, span, attempts, effects, lost, epochs, notes });
  return {
    name: nameOf(plan),
    primary: rig.primary,
    holdMs,
    sets,
    // What was measured in any case is no trace of the fault.
    evidence: { ...evidence, notes: new Map([...notes, ...measured]) },
    latency: latencyOf(attempts, span.strikeMs, span.strikeMs + settings.windowMs),
    forgotten,
    complaints,
    unbitten: bitesOf(plan.faults, evidence),
  };
}

export async function strikeAndHeal(
  rig: Rig,
  { faults, holdMs, seed }: EpisodePlan,
  { windowMs }: EpisodeSettings,
  notes: Notes,
): Promise<Span> {
  const random = seeded(seed);
  let strikeMs = monotonicMs();
  const strike = () => {
    // Of several, the first to strike counts.
    if (heals.length === 0) strikeMs = monotonicMs();
  };
  const heals: Heal[] = [];
  try {
    for (const fault of faults) heals.push(await fault.inject(rig, { holdMs, random, notes, strike }));
    await pauseUntil(strikeMs + holdMs);
  } finally {
    for (const heal of heals.toReversed()) await heal();
  }
  const healedMs = monotonicMs();
  await pauseUntil(Math.max(strikeMs + windowMs, healedMs + LEAD_MS));
  const endMs = monotonicMs();
  return { strikeMs, healedMs, endMs, wallOffsetMs: Date.now() - endMs };
}

function rulesFor(rig: Rig, { faults }: EpisodePlan, span: Span, attempts: readonly Attempt[]): Rules {
  const bothAway = areBothAway(faults);
  const byPostgres = new Set(
    attempts.filter((one) => one.via === 'postgres').map((one) => contentKey(one.id, one.content.variant)),
  );
  const isPostgresAway = faults.some((fault) => fault.hits === 'postgres' && fault.isAway);
  const isMaybeForgotten = rig.primary !== 'postgres' || isPostgresAway;
  const mayForget = faults.some((fault) => fault.forgets === true) && isMaybeForgotten;
  const mayForgetUnkept = faults.some((fault) => fault.forgets === 'unkept') && isMaybeForgotten;
  const kept = new Set(
    attempts.filter((one) => one.keeps === 'disk').map((one) => contentKey(one.id, one.content.variant)),
  );
  return {
    mayLose: (key) => !byPostgres.has(key) && (mayForget || (mayForgetUnkept && !kept.has(key))),
    mayRefuse: (one) =>
      bothAway &&
      (one.settledMs ?? Number.POSITIVE_INFINITY) >= span.strikeMs &&
      one.startedMs <= span.healedMs + AFTERMATH_MS,
    ended: rig.fleet.killedProducers,
    deadlineMs: ANSWER_MS,
  };
}

function areBothAway(faults: readonly Fault[]): boolean {
  const away = new Set(faults.filter((fault) => fault.isAway).map((fault) => fault.hits));
  return away.has('redis') && away.has('postgres');
}

/** Handlers alone go wrong: no store is to blame. */
function areHandlers(faults: readonly Fault[]): boolean {
  return faults.length > 0 && faults.every((fault) => fault.isHandlers);
}

/** So that what hangs does not spoil the next episode too. */
async function startAfresh(rig: Rig): Promise<string[]> {
  const hung = unendedRuns(rig).length;
  await rig.fleet.replaceWorkers();
  const left = await drain(rig);
  return [
    `handlers that did not end: ${hung}`,
    ...(left ? [`not drained by other workers either: ${left}`] : []),
  ];
}

async function resendForgotten(
  rig: Rig,
  { lost }: Sets,
  attempts: readonly Attempt[],
  { mayLose }: Rules,
  { forgiven }: Excuses,
  complaints: string[],
): Promise<number> {
  const keys = new Set(lost.filter(mayLose));
  if (keys.size === 0) return 0;
  const once = new Map(
    attempts
      .map((one) => [contentKey(one.id, one.content.variant), one] as const)
      .filter(([key]) => keys.has(key)),
  );
  const resent = await sendAgain(rig, [...once.values()]);
  complaints.push(...resent.complaints);
  for (const key of resent.told) forgiven.add(key);
  return keys.size;
}

function bitesOf(faults: readonly Fault[], evidence: Evidence): string[] {
  const [only, ...others] = faults;
  if (!only) {
    const used = evidence.acks[primaryStore(evidence)];
    return atLeast(`acknowledgements by ${primaryStore(evidence)}`, used, evidence.tried * PRIMARY_SHARE);
  }
  if (others.length === 0) return only.bites(evidence);
  // Combined faults hide each other's traces: it is enough that one effect of one fault was seen.
  const traces = evidence.events.length + evidence.notAccepted + evidence.notes.size;
  return atLeast('traces of any of the faults', traces, 1);
}
