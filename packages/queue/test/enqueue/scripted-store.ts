import { afterEach, beforeEach, vi } from 'vitest';
import type { Acceptance } from '@spillway/queue';
import { DeadlineError } from '../../src/util/deadline.ts';
import { Enqueuer } from '../../src/enqueue/enqueuer.ts';
import { GuardedStore } from '../../src/enqueue/guarded-store.ts';
import type { StoreName } from '../../src/contract/errors.ts';
import type { Primary } from '../../src/contract/options.ts';
import type {
  Keeps,
  PushAnswer,
  PushItem,
  PushOptions,
  PushResult,
  PushStore,
} from '../../src/contract/store.ts';
import { envelope } from '../support.ts';

/** What a scripted store does with one push. `never`: it is silent until the push's own deadline. */
export interface Reply {
  readonly answer: PushAnswer;
  readonly afterMs: number | 'never';
  readonly cause?: Error;
}

export interface Push {
  readonly ids: readonly string[];
  readonly force: boolean;
  readonly atMs: number;
  readonly reason: string | undefined;
  readonly generatedId: boolean;
  /** When its caller had an answer; `undefined` while it has none. */
  answeredAtMs?: number;
  answer?: PushAnswer;
}

/** A store whose answers and latency a test decides. As every store does, it settles by the deadline of a push. */
export class ScriptedStore implements PushStore {
  readonly name: StoreName;
  readonly pushes: Push[] = [];
  /** The reply to the push with this number, from 0. */
  reply: (call: number, force: boolean) => Reply = () => ({ answer: 'stored', afterMs: 1 });

  constructor(name: StoreName) {
    this.name = name;
  }

  async push(items: readonly PushItem[], { deadlineMs, force = false }: PushOptions): Promise<PushResult> {
    const { answer, afterMs, cause } = this.reply(this.pushes.length, force);
    const push: Push = {
      ids: items.map((item) => item.envelope.id),
      force,
      atMs: performance.now(),
      reason: items[0]?.reason,
      generatedId: items.every((item) => item.generatedId),
    };
    this.pushes.push(push);
    const inTime = afterMs !== 'never' && afterMs <= deadlineMs;
    await new Promise((resolve) => setTimeout(resolve, inTime ? afterMs : deadlineMs));
    push.answer = inTime ? answer : 'unknown';
    push.answeredAtMs = performance.now();
    const failed = push.answer === 'refused' || push.answer === 'unknown';
    const reason = cause ?? (failed ? new DeadlineError(deadlineMs) : undefined);
    return { answers: items.map(() => push.answer ?? 'unknown'), ...(reason && { cause: reason }) };
  }
}

export const HEDGE_MS = { min: 20, max: 100 };
export const DEADLINE_MS = 1_000;

export interface PathOptions {
  readonly callMs?: number;
  readonly keeps?: Keeps;
  readonly isLasting?: (error: Error) => boolean;
  readonly probe?: () => Promise<void>;
}

/** A path to a store, as `createQueue` makes it. Its probes fail unless told otherwise. */
export function pathTo(store: PushStore, options: PathOptions = {}): GuardedStore {
  const path = new GuardedStore({
    store,
    hedgeMs: HEDGE_MS,
    callMs: options.callMs ?? (store.name === 'redis' ? 250 : DEADLINE_MS),
    probe: options.probe ?? (() => Promise.reject(new Error('still away'))),
    isLasting: options.isLasting ?? (() => false),
    onChange: () => {},
  });
  path.health.recordSettings({ keeps: options.keeps ?? 'disk', durability: 'as the test says' });
  return path;
}

export interface AcceptBench {
  readonly redis: ScriptedStore;
  readonly postgres: ScriptedStore;
  readonly redisPath: GuardedStore;
  readonly postgresPath: GuardedStore;
  readonly enqueuer: Enqueuer;
}

/** The accept path over two scripted stores. */
export function acceptBench(
  primary: Primary = 'redis',
  redisKeeps: Keeps = 'disk',
  lastResort = false,
): AcceptBench {
  const redis = new ScriptedStore('redis');
  const postgres = new ScriptedStore('postgres');
  const redisPath = pathTo(redis, { keeps: redisKeeps });
  const postgresPath = pathTo(postgres);
  const enqueuer = new Enqueuer({
    queue: 'test',
    primary,
    redis: redisPath,
    postgres: postgresPath,
    deadlineMs: DEADLINE_MS,
    lastResort,
    onKeptByRedis: () => {},
  });
  return { redis, postgres, redisPath, postgresPath, enqueuer };
}

/** No further probes. */
export function stopBreakers(bench: AcceptBench): void {
  bench.redisPath.health.breaker.stop();
  bench.postgresPath.health.breaker.stop();
}

/** What came of an `enqueue`, and when. */
export type Settled =
  | { readonly accepted: Acceptance; readonly tookMs: number }
  | { readonly refused: Error; readonly tookMs: number };

/** Enqueues one submission and lets time pass until it has settled, at most twice the deadline. */
export async function enqueue(
  enqueuer: Enqueuer,
  item: PushItem = { envelope: envelope() },
  signal?: AbortSignal,
): Promise<Settled> {
  const startedMs = performance.now();
  let settled: Settled | undefined;
  void enqueuer.enqueue(item, signal).then(
    (accepted) => (settled = { accepted, tookMs: performance.now() - startedMs }),
    (refused: Error) => (settled = { refused, tookMs: performance.now() - startedMs }),
  );
  for (let ms = 0; settled === undefined && ms <= 2 * DEADLINE_MS; ms += 1)
    await vi.advanceTimersByTimeAsync(1);
  if (settled === undefined) throw new Error('enqueue had not settled at twice its deadline');
  return settled;
}

/** Time passes only as a test lets it: a deadline costs nothing and is exact. */
export function simulateTime(): void {
  beforeEach(() => {
    vi.useFakeTimers({
      toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate', 'performance', 'Date'],
    });
  });

  afterEach(() => {
    vi.useRealTimers();
  });
}
