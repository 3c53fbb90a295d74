import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createQueue } from '@spillway/queue';
import type { Primary, Queue } from '@spillway/queue';
import { peerDoor, queueDoor } from './door.ts';
import type { Door } from './door.ts';
import { Fleet } from './fleet.ts';
import type { ProducerOptions } from './messages.ts';
import type { Contestant, Peer } from './peers/contestant.ts';
import { LedgerReader } from './ledger.ts';
import { readRuns } from './runs.ts';
import type { Run } from './runs.ts';
import { runSteps } from './steps.ts';
import type { Step } from './steps.ts';
import { startStores } from './stores.ts';
import type { DiskKind, Stores } from './stores.ts';
import { readDead, readEffects } from './tables.ts';
import type { Attempt, Dead, Effect } from './verdict.ts';
import { Web } from './web.ts';

const QUEUE = 'chaos';
/** Short, so that what a dead or frozen worker held comes back within an episode. */
export const LEASE_MS = 3_000;
const WORK_MS = 20;
/** The fleet ends within 8 s, the queue's connections within 5 s. */
const STOP_TIMEOUT_MS = 15_000;

export interface RigOptions {
  readonly primary: Primary;
  readonly disk: DiskKind;
  readonly producers: number;
  readonly workers: number;
  readonly seed: number;
  /** Of the queues. Default: `auto`, as theirs. */
  readonly shadow?: ProducerOptions['shadow'];
  /** Plays this peer instead of Spillway. */
  readonly peer?: Contestant;
  /** Each submission once, with an id of its sender's. Default: with all habits that senders have. */
  readonly isPlain?: boolean;
}

/** A running system: stores, producers, workers, and their records. */
export interface Rig {
  readonly primary: Primary;
  /** The one that is played, where it is not Spillway. */
  readonly peer: Peer | undefined;
  readonly queueName: string;
  readonly stores: Stores;
  readonly fleet: Fleet;
  /** The web application; runs only while a fault uses it. */
  readonly web: Web;
  /** The campaign's own, for looking and for sending again. */
  readonly queue: Queue;
  /** Where the campaign itself submits. */
  readonly door: Door;
  /** Everything attempted so far. */
  attempts(): readonly Attempt[];
  /** Adds an attempt that the campaign made itself. */
  addAttempt(attempt: Attempt): void;
  /** Every call of a handler so far. */
  runs(): Run[];
  effects(): Promise<Effect[]>;
  dead(): Promise<Dead[]>;
  /** Names the steps that hung or failed; the others still run. */
  stop(): Promise<string[]>;
}

export async function startRig(options: RigOptions): Promise<Rig> {
  const { primary, seed, peer: contestant, isPlain = false, shadow = 'auto' } = options;
  const folder = await mkdtemp(join(tmpdir(), 'spillway-chaos-'));
  const stores = await startStores(options.disk);
  const { postgresUrl, redisUrl } = stores;
  const ledgers: LedgerReader[] = [];
  const runFiles = new Map<string, string>();
  const ownAttempts: Attempt[] = [];
  const common = {
    queue: QUEUE,
    postgresUrl,
    redisUrl,
    primary,
    shadow,
    ...(contestant && { peer: contestant.name }),
  };
  await contestant?.prepare?.(stores);
  const peer = await contestant?.open(stores);
  const fleet = new Fleet({
    isSupervised: contestant !== undefined,
    producer: (name, url) => {
      const ledger = join(folder, `${name}.ledger`);
      ledgers.push(new LedgerReader(ledger, name, url === undefined ? 'queue' : 'http'));
      return {
        ...common,
        name,
        seed: seed + ledgers.length,
        ledger,
        isPlain,
        ...(url !== undefined && { url }),
      };
    },
    worker: (name) => {
      const runs = join(folder, `${name}.runs`);
      runFiles.set(name, runs);
      return { ...common, name, seed, leaseMs: LEASE_MS, workMs: WORK_MS, runs };
    },
  });
  const web = await Web.prepare(common);
  const queue = createQueue({ name: QUEUE, redis: redisUrl, postgres: postgresUrl, primary, shadow });
  await Promise.all([
    ...Array.from({ length: options.producers }, () => fleet.spawn('producer')),
    ...Array.from({ length: options.workers }, () => fleet.spawn('worker')),
  ]);
  return {
    primary,
    peer,
    queueName: QUEUE,
    stores,
    fleet,
    web,
    queue,
    door: peer ? peerDoor(peer) : queueDoor(queue),
    attempts: () => [...ledgers.flatMap((ledger) => ledger.read()), ...ownAttempts],
    addAttempt: (attempt) => ownAttempts.push(attempt),
    runs: () => [...runFiles].flatMap(([worker, path]) => readRuns(path, worker)),
    effects: () => readEffects(stores.admin),
    dead: () => readDead(stores.admin, QUEUE),
    stop: () =>
      runSteps([
        step('the web process', () => web.end('SIGKILL')),
        step('the fleet', () => fleet.stop()),
        step("the campaign's queue", () => queue.close()),
        step('the peer', async () => peer?.close()),
        ...stores.stopping.map(([what, run]) => step(what, run)),
        step('the ledgers', () => rm(folder, { recursive: true, force: true })),
      ]),
  };
}

function step(what: string, run: () => Promise<unknown>): Step {
  return { name: `stopping ${what}`, timeoutMs: STOP_TIMEOUT_MS, run };
}
