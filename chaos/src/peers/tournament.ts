import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Primary } from '@spillway/queue';
import type { Fault } from '../faults/fault.ts';
import { FAULTS } from '../faults/index.ts';
import { startRig } from '../rig.ts';
import type { Rig } from '../rig.ts';
import type { StoreName } from '../verdict.ts';
import type { Contestant } from './contestant.ts';
import { playFault } from './episode.ts';
import { PEERS } from './index.ts';
import { sameId } from './same-id.ts';
import { isWhole } from './score.ts';
import type { Score } from './score.ts';
import { OWN } from './spillway.ts';

const PRODUCERS = 2;
const WORKERS = 3;
const NAMES: readonly string[] = [
  'redis-sigkill',
  'redis-freeze',
  'redis-restart-empty',
  'redis-flushall',
  'redis-failover',
  'redis-oom',
  'redis-eviction',
  'redis-reset',
  'redis-slow',
  'redis-clients-killed',
  'postgres-kill',
  'postgres-restart',
  'postgres-freeze',
  'postgres-readonly',
  'postgres-connections',
  'postgres-terminate',
  'worker-sigkill',
  'worker-freeze',
  'producer-sigkill',
  'handler-fails',
  'handler-throws',
  'handler-hangs',
  'handler-blocks',
  'handler-exits',
];

/** The faults that a queue of any kind can meet. */
export const PEER_FAULTS: readonly Fault[] = [
  ...NAMES.flatMap((name) => FAULTS.filter((fault) => fault.name === name)),
  sameId,
];

/** One column of the table. */
export interface Entry {
  readonly name: string;
  readonly package: string;
  readonly uses: readonly StoreName[];
  readonly promises: string;
  readonly settings: string;
  readonly primary: Primary;
  readonly shadow: boolean;
  readonly peer?: Contestant;
}

export const ENTRIES: readonly Entry[] = [
  ...OWN.map((own) => ({
    ...own,
    package: '@spillway/queue',
    uses: ['redis', 'postgres'] as const,
    promises:
      'effects once, through its transaction; an id is recognised for 30 days; handlers that hang are ended',
  })),
  // Ours is not played then.
  ...PEERS.map((peer) => ({ ...peer, primary: 'redis' as const, shadow: false, peer })),
];

/** What one made of one fault; without a score, why not. */
export interface Cell {
  readonly fault: string;
  readonly entry: string;
  readonly score?: Score;
  readonly reason?: 'not used' | 'not played';
  readonly error?: string;
}

export interface TournamentOptions {
  readonly entries: readonly Entry[];
  readonly faults: readonly Fault[];
  readonly seed: number;
  readonly ratePerSecond: number;
}

/** Each plays each fault that concerns it, one after the other, on stores of its own. */
export async function playAll(
  { entries, faults, ...options }: TournamentOptions,
  say: (cell: Cell) => void,
): Promise<Cell[]> {
  const cells: Cell[] = [];
  for (const entry of entries) {
    for await (const cell of playOne(entry, faults, options)) {
      cells.push(cell);
      say(cell);
    }
  }
  return cells;
}

async function* playOne(
  entry: Entry,
  faults: readonly Fault[],
  { seed, ratePerSecond }: Pick<TournamentOptions, 'seed' | 'ratePerSecond'>,
): AsyncGenerator<Cell> {
  let rig: Rig | undefined;
  try {
    for (const fault of faults) {
      const cell = { fault: fault.name, entry: entry.name };
      if (fault.hits === 'redis' && !entry.uses.includes('redis')) {
        yield { ...cell, reason: 'not used' };
        continue;
      }
      try {
        rig ??= await open(entry, seed);
        const score = await playFault(rig, fault, { seed, ratePerSecond });
        yield { ...cell, score };
        // What is left, or out of order, would be in the way of the next one.
        if (!isWhole(score)) rig = await end(rig);
      } catch (error) {
        yield { ...cell, reason: 'not played', error: String(error) };
        rig = await end(rig);
      }
    }
  } finally {
    await end(rig);
  }
}

async function open({ primary, shadow, peer }: Entry, seed: number): Promise<Rig> {
  const size = { producers: PRODUCERS, workers: WORKERS };
  return startRig({ primary, shadow, disk: 'normal', ...size, seed, isPlain: true, ...(peer && { peer }) });
}

async function end(rig: Rig | undefined): Promise<undefined> {
  await rig?.stop();
}

/** The versions of those that took part, by the name of their package. */
export async function versionsOf(entries: readonly Entry[]): Promise<Map<string, string>> {
  const names = [...new Set(entries.map((one) => one.package))];
  const modules = join(import.meta.dirname, '../../node_modules');
  return new Map(
    await Promise.all(
      names.map(async (name) => {
        const manifest: { version: string } = JSON.parse(
          await readFile(join(modules, name, 'package.json'), 'utf8'),
        );
        return [name, manifest.version] as const;
      }),
    ),
  );
}
