import type { Primary } from '@spillway/queue';
import type { Fault } from './faults/fault.ts';
import { seeded } from './random.ts';
import type { Random } from './random.ts';
import type { DiskKind } from './stores.ts';

/** The time that an episode needs in addition to its window: start, drain and verdict. Measured, with a margin. */
const EPISODE_EXTRA_MS = 4_000;
/** Starting the stores and processes, warming up, stopping. */
const SESSION_EXTRA_MS = 9_000;
/** A shorter run stays with one running system: starting another would take most of it. */
const ALL_PRIMARIES_MS = 120_000;
const EPISODES_PER_COMBINATION = 4;
/** Also where more would fit. */
const MAX_ROUNDS = 100;

export interface EpisodePlan {
  /** One, or several at once. */
  readonly faults: readonly Fault[];
  readonly primary: Primary;
  readonly disk: DiskKind;
  readonly holdMs: number;
  readonly seed: number;
}

/** Episodes that share one running system. */
export interface SessionPlan {
  readonly primary: Primary;
  readonly disk: DiskKind;
  readonly seed: number;
  readonly episodes: readonly EpisodePlan[];
}

export interface ScheduleOptions {
  readonly seed: number;
  readonly seconds: number;
  readonly windowMs: number;
  readonly faults: readonly Fault[];
  readonly primaries: readonly Primary[];
  /** Several faults at once, too. */
  readonly combinations: boolean;
  /** Each fault at least once for each primary, however long it takes. */
  readonly complete: boolean;
}

export function nameOf({ faults }: Pick<EpisodePlan, 'faults'>): string {
  return faults.map((fault) => fault.name).join(' + ') || 'control';
}

/**
 * Which faults happen, when, and under which primary. The same options give the same schedule. Every fault comes once
 * before any comes again, under another primary each time, as far as the seconds go.
 */
export function schedule(options: ScheduleOptions): SessionPlan[] {
  const random = seeded(options.seed);
  const ordinary = options.faults.filter((fault) => fault.disk !== 'small');
  const budgetMs = options.seconds * 1_000;
  const isShort = !options.complete && budgetMs < ALL_PRIMARIES_MS;
  const primaries = isShort ? [random.pick(options.primaries)] : random.shuffle(options.primaries);
  const faults = isShort && ordinary.length > 0 ? ordinary : options.faults;
  const chosen: EpisodePlan[] = [];
  const sessions = new Set<string>();
  const rounds = options.complete ? primaries.length : 1 / faults.length;
  const required = faults.length * rounds;
  let costMs = 0;
  for (const episode of episodes({ ...options, faults }, primaries, random)) {
    const session = sessionKey(episode);
    const startMs = sessions.has(session) ? 0 : SESSION_EXTRA_MS + options.windowMs;
    const episodeMs = Math.max(options.windowMs, episode.holdMs) + EPISODE_EXTRA_MS;
    const singles = chosen.filter((one) => one.faults.length === 1).length;
    if (singles >= required && costMs + startMs + episodeMs > budgetMs) break;
    costMs += startMs + episodeMs;
    sessions.add(session);
    chosen.push(episode);
  }
  return [...Map.groupBy(chosen, sessionKey).values()].flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    return [
      { primary: first.primary, disk: first.disk, seed: random.between(1, 1_000_000), episodes: group },
    ];
  });
}

function* episodes(
  { faults, combinations }: ScheduleOptions,
  primaries: readonly Primary[],
  random: Random,
): Generator<EpisodePlan> {
  const order = random.shuffle(faults);
  let count = 0;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    for (const [index, fault] of order.entries()) {
      const primary = primaries[(index + round) % primaries.length] ?? 'auto';
      yield plan([fault], primary, random);
      count += 1;
      if (combinations && count % EPISODES_PER_COMBINATION === 0) {
        yield plan(combine(faults, random), random.pick(primaries), random);
      }
    }
  }
}

/** They strike in this order: a web process takes a while to start; to hit a process well, the stores are asked; to hit Redis well, Postgres is. */
const ORDER: readonly Fault['hits'][] = ['web', 'worker', 'producer', 'redis', 'postgres'];

/** Two or three at once, each hitting something else. */
function combine(faults: readonly Fault[], random: Random): Fault[] {
  const size = random.between(2, 3);
  const combined: Fault[] = [];
  for (const fault of random.shuffle(faults.filter((one) => !one.alone))) {
    if (combined.length < size && !combined.some((one) => one.hits === fault.hits)) combined.push(fault);
  }
  return combined.toSorted((a, b) => ORDER.indexOf(a.hits) - ORDER.indexOf(b.hits));
}

function plan(faults: readonly Fault[], primary: Primary, random: Random): EpisodePlan {
  const holds = faults.map(({ holdMs: [least, most] }) => random.between(least, most));
  return {
    faults,
    primary,
    disk: faults.some((fault) => fault.disk === 'small') ? 'small' : 'normal',
    holdMs: Math.max(...holds),
    seed: random.between(1, 1_000_000),
  };
}

function sessionKey({ primary, disk }: EpisodePlan): string {
  return `${primary} ${disk}`;
}
