import type { Primary } from '@spillway/queue';
import { monotonicMs } from './clock.ts';
import { runEpisode } from './episode.ts';
import type { EpisodeReport, EpisodeSettings, Excuses } from './episode.ts';
import type { Fault } from './faults/fault.ts';
import { FAULTS } from './faults/index.ts';
import { episodeText } from './report.ts';
import { startRig } from './rig.ts';
import type { Rig } from './rig.ts';
import { nameOf, schedule } from './schedule.ts';
import type { EpisodePlan, SessionPlan } from './schedule.ts';
import { sortOut, violations } from './verdict.ts';
import type { Sets } from './verdict.ts';

const WARM_UP_MS = 3_000;
const ANSWER_MS = 3_000;
/** A run that is this far over its time ends before its next fault. */
const OVERTIME = 1.25;

export const COMBINATIONS = 'combinations';

export interface CampaignOptions {
  readonly seconds: number;
  readonly seed: number;
  readonly primaries: readonly Primary[];
  /** Names; empty: all, and combinations of them. */
  readonly faults: readonly string[];
  readonly ratePerSecond: number;
  readonly workers: number;
  readonly producers: number;
  /** How long latency is measured from the begin of each fault, ms. */
  readonly windowMs: number;
  /** Each fault for each primary at least once, however long that takes. */
  readonly complete: boolean;
}

export interface SessionReport {
  readonly primary: Primary;
  readonly disk: string;
  readonly control: EpisodeReport;
  readonly episodes: readonly EpisodeReport[];
  /** The verdict on all attempts, checked once more at the end. */
  readonly sets: Sets;
  readonly complaints: readonly string[];
}

export interface CampaignReport {
  readonly options: CampaignOptions;
  readonly tookMs: number;
  readonly sessions: readonly SessionReport[];
  /** Faults that cannot be had here, or for which no time was left. */
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
  readonly held: boolean;
}

/** Runs the schedule of this seed, session by session. `say` gets the text of each episode as it ends. */
export async function runCampaign(
  options: CampaignOptions,
  say: (text: string) => void,
): Promise<CampaignReport> {
  const startedMs = monotonicMs();
  const skipped: { name: string; reason: string }[] = [];
  const faults = await available(options.faults, skipped);
  const combinations = options.faults.length === 0 || options.faults.includes(COMBINATIONS);
  const plans = schedule({ ...options, faults, combinations });
  const deadlineMs = options.complete
    ? Number.POSITIVE_INFINITY
    : startedMs + options.seconds * 1_000 * OVERTIME;
  const sessions: SessionReport[] = [];
  for (const plan of plans) {
    if (sessions.length > 0 && monotonicMs() > deadlineMs) {
      skipped.push(...plan.episodes.map((one) => ({ name: nameOf(one), reason: 'no time was left' })));
    } else sessions.push(await runSession(plan, options, deadlineMs, skipped, say));
  }
  const episodes = sessions.flatMap((one) => [one.control, ...one.episodes]);
  const held =
    sessions.every((one) => one.complaints.length === 0) &&
    episodes.every((one) => one.complaints.length === 0 && one.unbitten.length === 0);
  return { options, tookMs: monotonicMs() - startedMs, sessions, skipped, held };
}

async function available(
  names: readonly string[],
  skipped: { name: string; reason: string }[],
): Promise<Fault[]> {
  const isNamed = names.some((name) => name !== COMBINATIONS);
  const wanted = isNamed ? FAULTS.filter((fault) => names.includes(fault.name)) : FAULTS;
  const found: Fault[] = [];
  for (const fault of wanted) {
    const reason = await fault.missing?.();
    if (reason === undefined) found.push(fault);
    else skipped.push({ name: fault.name, reason });
  }
  return found;
}

async function runSession(
  plan: SessionPlan,
  options: CampaignOptions,
  deadlineMs: number,
  skipped: { name: string; reason: string }[],
  say: (text: string) => void,
): Promise<SessionReport> {
  const rig = await startRig({ ...options, ...plan });
  const broken: string[] = [];
  try {
    const excuses: Excuses = { forgiven: new Set(), spans: [] };
    const settings: EpisodeSettings = options;
    const calm = (holdMs: number): EpisodePlan => ({ ...plan, faults: [], holdMs });
    await runEpisode(rig, calm(WARM_UP_MS), { ...settings, windowMs: WARM_UP_MS }, excuses);
    const control = await runEpisode(rig, calm(settings.windowMs), settings, excuses);
    say(episodeText(control, control));
    const episodes: EpisodeReport[] = [];
    for (const episode of plan.episodes) {
      if (episodes.length > 0 && monotonicMs() > deadlineMs) {
        skipped.push({ name: nameOf(episode), reason: 'no time was left' });
        continue;
      }
      try {
        const report = await runEpisode(rig, episode, settings, excuses);
        say(episodeText(report, control));
        episodes.push(report);
      } catch (error) {
        // Continue with the next episodes: a real fault will show there again.
        broken.push(`${nameOf(episode)} could not be made: ${String(error)}`);
      }
    }
    const { sets, complaints } = await judge(rig, excuses);
    return {
      primary: plan.primary,
      disk: plan.disk,
      control,
      episodes,
      sets,
      complaints: [...broken, ...complaints],
    };
  } finally {
    for (const complaint of await rig.stop()) say(`${complaint}\n`);
  }
}

/** Everything once more: an effect may have come back long after its episode. */
async function judge(rig: Rig, excuses: Excuses): Promise<Pick<SessionReport, 'sets' | 'complaints'>> {
  const attempts = rig.attempts();
  const sets = sortOut(attempts, await rig.effects(), await rig.dead());
  const complaints = violations(sets, attempts, {
    mayLose: (key) => excuses.forgiven.has(key),
    mayRefuse: (one) =>
      excuses.spans.some(
        ({ fromMs, toMs }) => (one.settledMs ?? Number.POSITIVE_INFINITY) >= fromMs && one.startedMs <= toMs,
      ),
    ended: rig.fleet.killedProducers,
    deadlineMs: ANSWER_MS,
  });
  return { sets, complaints };
}
