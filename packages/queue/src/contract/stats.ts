import type { PushAnswer } from './store.ts';

/** How this queue used a store, since the queue was created. */
export interface StoreStats {
  /** How often it was asked to store a submission, by reason: `primary`, `signal`, `redis_open`, `redis_hedge`, … */
  readonly asked: Readonly<Record<string, number>>;
  readonly answers: Readonly<Record<PushAnswer, number>>;
  /** How often its breaker opened, and closed. */
  readonly opened: number;
  readonly closed: number;
}

/** The copies that Postgres gets of what Redis has acknowledged, since the queue was opened: see `QueueOptions.shadow`. */
export interface ShadowStats {
  /** Acknowledged by Redis, and not yet written to Postgres. */
  readonly waiting: number;
  /** How long the oldest of them has waited, in ms. */
  readonly oldestMs: number;
  readonly written: number;
  /** Without a copy: too many waited while Postgres was away. */
  readonly skipped: number;
}

/** A pool of connections to Postgres, now. */
export interface PoolStats {
  readonly busy: number;
  readonly idle: number;
  /** Callers that wait for a connection. */
  readonly waiting: number;
  readonly max: number;
  /**
   * Statements whose callers have given up and that Postgres still runs: they wait for a lock, or for a standby. At `max`, no
   * other one is sent.
   */
  readonly abandoned: number;
}

/** What a queue counts, for metrics. Asks no store. */
export interface QueueStats {
  /** `undefined`: not configured. */
  readonly redis: StoreStats | undefined;
  readonly postgres: StoreStats;
  /** `undefined`: without Redis. */
  readonly shadow: ShadowStats | undefined;
  /** A caller's pool serves as both. */
  readonly pools: { readonly accept: PoolStats; readonly work: PoolStats };
}
