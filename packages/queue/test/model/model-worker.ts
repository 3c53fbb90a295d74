import type { ClaimedSubmission, Handler } from '../../src/contract/handler.ts';
import { resolveWorkerOptions } from '../../src/contract/worker-options.ts';
import { encode } from '../../src/contract/submission.ts';
import { QueueWorker } from '../../src/create/queue-worker.ts';
import { MemoryConnection } from './memory-connection.ts';
import { MemoryPostgresStore } from './memory-postgres.ts';
import type { Carry } from './memory-postgres.ts';
import { MemoryRows, MemoryShadowLog } from './memory-rows.ts';
import { MemoryLedger, StoreLikeError, transactionOf } from './memory-ledger.ts';
import type { MemoryTransaction } from './memory-ledger.ts';
import type { Client, World, WorldOptions } from './model-world.ts';

const LEASE_MS = 3_000;
export const MAX_ATTEMPTS = 2;
const TIMEOUT_MS = 1_000;
const GRACE_MS = 2_000;
const HIGH_WATER = 100;
const RETENTION_MS = 30 * 24 * 60 * 60 * 1_000;

/** A promise that no one will keep: what a process that is gone waits for. */
export const never = new Promise<never>(() => {});

/** How this process' calls reach a server. */
export type CarryFor = (server: 'redis' | 'postgres', client: Client) => Carry;

/** A real worker over stores in memory. */
export class ModelWorker {
  readonly client: Client;
  readonly #world: World;
  readonly #worker: QueueWorker;
  readonly #open = new Set<MemoryTransaction>();
  readonly #redis: MemoryConnection;

  constructor(name: string, world: World, options: WorldOptions, carryFor: CarryFor) {
    this.client = { name, dead: false };
    this.#world = world;
    const carry = carryFor('postgres', this.client);
    this.#redis = new MemoryConnection(world.redisStore(this.client), carryFor('redis', this.client));
    const postgres = new MemoryPostgresStore(world.postgres, name, carry);
    const ledger = new MemoryLedger({
      memory: world.postgres,
      locks: world.locks,
      open: this.#open,
      step: (label) => carry(label, () => {}),
      commit: (apply, onLost) => carry('commit', apply, onLost),
      onEffects: (envelopes) => envelopes.forEach((one) => world.happened(one)),
    });
    const kind = options.external ? 'external' : 'batch';
    const own = {
      name,
      concurrency: 1,
      batchSize: options.external ? 1 : options.batchSize,
      leaseMs: LEASE_MS,
      maxAttempts: MAX_ATTEMPTS,
      timeoutMs: TIMEOUT_MS,
      backoffMs: { base: 100, max: 1_000 },
      graceMs: GRACE_MS,
    };
    this.#worker = new QueueWorker(
      { name: 'model', schemas: undefined, retentionMs: RETENTION_MS, highWater: HIGH_WATER },
      {
        postgres,
        ledger,
        rows: new MemoryRows(world.postgres, carry),
        shadow: new MemoryShadowLog(world.postgres, carry),
        redis: this.#redis,
      },
      options.external ? this.#external(options) : this.#batch(options),
      resolveWorkerOptions(own, kind, name),
      () => {},
    );
    this.#worker.start();
    this.reconnect();
  }

  pause(): void {
    this.#worker.pause('worker');
  }

  resume(): void {
    this.#worker.resume('worker');
  }

  /** Its connection to Redis is there, or there again. */
  reconnect(): void {
    if (this.#world.redisServer.up && !this.client.dead) this.#redis.ready();
  }

  async stop(): Promise<void> {
    await this.#worker.stop();
  }

  #batch(options: WorldOptions): Handler {
    return {
      batch: async (submissions, tx) => {
        const transaction = transactionOf(tx);
        for (const submission of submissions) {
          transaction.effectOf(submission.id);
          await this.#world.pause(`${this.client.name} handles ${submission.id}`);
          if (this.client.dead) return never;
          await fail(options, submission);
        }
      },
    };
  }

  #external(options: WorldOptions): Handler {
    return {
      external: async (submission) => {
        this.#world.called({ id: submission.id, digest: digestOfData(submission.data) });
        await this.#world.pause(`${this.client.name} calls for ${submission.id}`);
        if (this.client.dead) return never;
        await fail(options, submission);
        this.#world.happened({ id: submission.id, digest: digestOfData(submission.data) });
      },
    };
  }

  /** Ends it without a word: its connections break, its transactions roll back. */
  crash(): void {
    this.client.dead = true;
    for (const transaction of this.#open) transaction.abandon();
  }

  /** Postgres went away, and open transactions with it. */
  disconnect(): void {
    for (const transaction of this.#open) transaction.end();
  }
}

/** Throws, or never ends, where this attempt is one that fails. */
async function fail(
  { failures, failsLikeStore, hangs }: WorldOptions,
  { attempt, data }: ClaimedSubmission,
): Promise<void> {
  const number = numberIn(data);
  if (attempt > (failures[number] ?? 0)) return;
  if (hangs[number]) await never;
  throw failsLikeStore ? new StoreLikeError() : new Error('not this time');
}

/** The digest under which the stores know this content. */
function digestOfData(data: unknown): string {
  return encode({ form: 'inbox', data }, { maxBytes: 1_000, retentionMs: RETENTION_MS }).digest;
}

function numberIn(data: unknown): number {
  return data !== null && typeof data === 'object' && 'n' in data && typeof data.n === 'number' ? data.n : 0;
}
