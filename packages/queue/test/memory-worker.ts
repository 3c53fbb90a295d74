import pg from 'pg';
import { Attempts } from '../src/work/executor.ts';
import type { Handler } from '../src/contract/handler.ts';
import type { Lease } from '../src/work/lease.ts';
import { resolveWorkerOptions } from '../src/contract/options.ts';
import { Payloads } from '../src/work/payloads.ts';
import type { RedisStore } from '../src/redis/store.ts';
import type { Held, Store } from '../src/contract/store.ts';
import { encode } from '../src/contract/submission.ts';
import { MemoryPostgresStore } from './memory-postgres.ts';
import type { Carry } from './memory-postgres.ts';
import { serve, transactionOf } from './memory-settle.ts';
import type { MemoryTransaction } from './memory-settle.ts';
import type { Client, World, WorldOptions } from './memory-world.ts';

const LEASE_MS = 3_000;
const MAX_ATTEMPTS = 2;
const RETENTION_MS = 30 * 24 * 60 * 60 * 1_000;

/** A promise that no one will keep: what a process that is gone waits for. */
export const never = new Promise<never>(() => {});

/** How this process' calls reach a server. */
export type CarryFor = (server: 'redis' | 'postgres', client: Client) => Carry;

/** The claiming, releasing and reconnecting part of worker.ts around the real `Attempts`. */
export class ModelWorker {
  readonly client: Client;
  readonly redis: RedisStore;
  readonly postgres: MemoryPostgresStore;
  readonly #world: World;
  readonly #attempts: Attempts;
  readonly #options: WorldOptions;
  readonly #open = new Set<MemoryTransaction>();
  #unreleased: Held[] = [];

  constructor(name: string, world: World, options: WorldOptions, carryFor: CarryFor) {
    this.client = { name, dead: false };
    this.#world = world;
    this.#options = options;
    this.redis = world.redisStore(this.client);
    const carry = carryFor('postgres', this.client);
    this.postgres = new MemoryPostgresStore(world.postgres, name, carry);
    const pool = new pg.Pool();
    serve(pool, {
      memory: world.postgres,
      locks: world.locks,
      open: this.#open,
      step: (label) => carry(label, () => {}),
      commit: (apply, onLost) => carry('commit', apply, onLost),
      onEffects: (envelopes) => envelopes.forEach((one) => world.happened(one)),
    });
    this.#attempts = new Attempts({
      queue: 'model',
      pool,
      payloads: new Payloads(undefined),
      handler: options.external ? this.#external(options) : this.#batch(options),
      worker: resolveWorkerOptions(
        { name, leaseMs: LEASE_MS, maxAttempts: MAX_ATTEMPTS, backoffMs: { base: 100, max: 1_000 } },
        options.external ? 'external' : 'batch',
        name,
      ),
      retentionMs: RETENTION_MS,
      holdRows: (ids) => carry('hold', () => world.postgres.hold(ids, LEASE_MS)),
      forget: (items) => this.redis.forget(items).catch(() => {}),
      probe: () => carry('probe', () => {}),
      storeFailed: () => new Promise((resolve) => setTimeout(resolve, 200)),
      report: () => {},
    });
  }

  #batch({ failures }: WorldOptions): Handler {
    return {
      batch: async (submissions, tx) => {
        const transaction = transactionOf(tx);
        for (const submission of submissions) {
          transaction.effectOf(submission.id);
          await this.#world.pause(`${this.client.name} handles ${submission.id}`);
          if (this.client.dead) return never;
          if (submission.attempt <= (failures[numberIn(submission.data)] ?? 0))
            throw new Error('not this time');
        }
      },
    };
  }

  #external({ failures }: WorldOptions): Handler {
    return {
      external: async (submission) => {
        await this.#world.pause(`${this.client.name} calls for ${submission.id}`);
        if (this.client.dead) return never;
        if (submission.attempt <= (failures[numberIn(submission.data)] ?? 0))
          throw new Error('not this time');
        this.#world.happened({ id: submission.id, digest: digestOfData(submission.data) });
      },
    };
  }

  /** `QueueWorker.#runOnce`. */
  async work(from: 'redis' | 'postgres', most: number): Promise<void> {
    const store: Store = from === 'redis' ? this.redis : this.postgres;
    const limit = this.#options.external ? 1 : most;
    try {
      const claims = await store.claim({ limit, leaseMs: LEASE_MS, worker: this.client.name });
      if (claims.length > 0) await this.#attempts.run(store, claims, (lease) => this.#release(lease));
    } catch {
      // A store was away: what is held has been released, or its lease runs out.
    }
  }

  async #release(lease: Lease): Promise<void> {
    if (lease.held.length === 0) return;
    try {
      await lease.store.release(lease.held);
    } catch {
      if (lease.store.name === 'postgres') this.#unreleased.push(...lease.held);
    }
  }

  /** `QueueWorker.#releaseRest`: Postgres takes writes again. */
  async releaseRest(): Promise<void> {
    const held = this.#unreleased.splice(0);
    if (held.length === 0) return;
    await this.postgres.release(held).catch(() => this.#unreleased.push(...held));
  }

  /** `QueueWorker.#reconnected`. */
  async reconnect(): Promise<void> {
    await this.redis.releaseLost(this.client.name, this.#attempts.heldIds).catch(() => {});
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

/** The digest under which the stores know this content. */
function digestOfData(data: unknown): string {
  return encode({ form: 'inbox', data }, { maxBytes: 1_000, retentionMs: RETENTION_MS }).digest;
}

function numberIn(data: unknown): number {
  return data !== null && typeof data === 'object' && 'n' in data && typeof data.n === 'number' ? data.n : 0;
}
