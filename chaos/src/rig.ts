import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createQueue } from '@spillway/queue';
import type { Primary, Queue } from '@spillway/queue';
import { Fleet } from './fleet.ts';
import { LedgerReader } from './ledger.ts';
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
}

/** A running system: stores, producers, workers, and their records. */
export interface Rig {
  readonly primary: Primary;
  readonly queueName: string;
  readonly stores: Stores;
  readonly fleet: Fleet;
  /** The web application; runs only while a fault uses it. */
  readonly web: Web;
  /** The campaign's own, for looking and for sending again. */
  readonly queue: Queue;
  /** Everything attempted so far. */
  attempts(): readonly Attempt[];
  /** Adds an attempt that the campaign made itself. */
  addAttempt(attempt: Attempt): void;
  effects(): Promise<Effect[]>;
  dead(): Promise<Dead[]>;
  /** Names the steps that hung or failed; the others still run. */
  stop(): Promise<string[]>;
}

export async function startRig(options: RigOptions): Promise<Rig> {
  const { primary, seed } = options;
  const folder = await mkdtemp(join(tmpdir(), 'spillway-chaos-'));
  const stores = await startStores(options.disk);
  const { postgresUrl, redisUrl } = stores;
  const ledgers: LedgerReader[] = [];
  const ownAttempts: Attempt[] = [];
  const common = { queue: QUEUE, postgresUrl, redisUrl, primary };
  const fleet = new Fleet({
    producer: (name, url) => {
      const ledger = join(folder, `${name}.ledger`);
      ledgers.push(new LedgerReader(ledger, name, url === undefined ? 'queue' : 'http'));
      return { ...common, name, seed: seed + ledgers.length, ledger, ...(url !== undefined && { url }) };
    },
    worker: (name) => ({ ...common, name, seed, leaseMs: LEASE_MS, workMs: WORK_MS }),
  });
  const web = await Web.prepare(common);
  const queue = createQueue({ name: QUEUE, redis: redisUrl, postgres: postgresUrl, primary });
  await Promise.all([
    ...Array.from({ length: options.producers }, () => fleet.spawn('producer')),
    ...Array.from({ length: options.workers }, () => fleet.spawn('worker')),
  ]);
  return {
    primary,
    queueName: QUEUE,
    stores,
    fleet,
    web,
    queue,
    attempts: () => [...ledgers.flatMap((ledger) => ledger.read()), ...ownAttempts],
    addAttempt: (attempt) => ownAttempts.push(attempt),
    effects: () => readEffects(stores.admin),
    dead: () => readDead(stores.admin, QUEUE),
    stop: () =>
      runSteps([
        step('the web process', () => web.end('SIGKILL')),
        step('the fleet', () => fleet.stop()),
        step("the campaign's queue", () => queue.close()),
        ...stores.stopping.map(([what, run]) => step(what, run)),
        step('the ledgers', () => rm(folder, { recursive: true, force: true })),
      ]),
  };
}

function step(what: string, run: () => Promise<unknown>): Step {
  return { name: `stopping ${what}`, timeoutMs: STOP_TIMEOUT_MS, run };
}
