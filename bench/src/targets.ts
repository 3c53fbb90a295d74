import { COSTS, REDIS_COSTS, WHENS, waitingName } from './scenarios/waiting.ts';

/** A ratio that is to be reached. The texts are those of the table in docs/performance.md. */
export interface Target {
  readonly what: string;
  readonly scenario: string;
  readonly numerator: string;
  readonly denominator: string;
  readonly bound: Bound;
}

export type Bound = { readonly atLeast: number } | { readonly atMost: number };

const REDIS_FIRST = 'Spillway, Redis first';
const AWAY = 'Spillway, Redis away';

const WAITING = {
  enqueue: 'enqueue',
  claim: 'claim and settle',
  recover: 'recovery',
  page: 'first page of the backlog',
  overview: 'admin overview',
};

export const TARGETS: readonly Target[] = [
  {
    what: 'enqueue, Redis first, 64 callers, against raw ioredis XADD autopipelined',
    scenario: 'enqueue',
    numerator: REDIS_FIRST,
    denominator: 'ioredis XADD',
    bound: { atLeast: 0.9 },
  },
  {
    what: 'enqueue, Redis first, against BullMQ add',
    scenario: 'enqueue',
    numerator: REDIS_FIRST,
    denominator: 'BullMQ add',
    bound: { atLeast: 3 },
  },
  {
    what: 'enqueue while Redis is away, against our own Redis path',
    scenario: 'enqueue',
    numerator: AWAY,
    denominator: REDIS_FIRST,
    bound: { atLeast: 0.6 },
  },
  {
    what: 'enqueue while Redis is away, against one-row INSERT through a pool',
    scenario: 'enqueue',
    numerator: AWAY,
    denominator: 'pg INSERT',
    bound: { atLeast: 4 },
  },
  {
    what: 'enqueue while Redis is away, against pg-boss send',
    scenario: 'enqueue',
    numerator: AWAY,
    denominator: 'pg-boss send',
    bound: { atLeast: 20 },
  },
  {
    what: 'enqueue while Redis is away, against graphile-worker addJob',
    scenario: 'enqueue',
    numerator: AWAY,
    denominator: 'graphile-worker addJob',
    bound: { atLeast: 20 },
  },
  {
    what: "enqueue with `primary: 'postgres'`, against our own Redis-first path",
    scenario: 'enqueue',
    numerator: 'Spillway, Postgres first',
    denominator: REDIS_FIRST,
    bound: { atLeast: 0.5 },
  },
  {
    what: 'enqueue latency p50 with one caller, against the bare push script',
    scenario: 'lone-caller',
    numerator: 'Spillway enqueue',
    denominator: 'bare push script',
    bound: { atMost: 1.2 },
  },
  {
    what: "worker, no-op batch handler, each with its outcome row, against BullMQ's worker",
    scenario: 'work',
    numerator: 'Spillway worker',
    denominator: 'BullMQ worker',
    bound: { atLeast: 2 },
  },
  {
    what: 'drain straight from Postgres, no-op handler, against graphile-worker run',
    scenario: 'drain',
    numerator: 'Spillway worker, Redis away',
    denominator: 'graphile-worker run',
    bound: { atLeast: 10 },
  },
  {
    what: 'recovery Postgres to Redis, rows per second, against raw SKIP LOCKED claim in batches of 500',
    scenario: 'recovery',
    numerator: 'Spillway recover',
    denominator: 'pg claim of 500, SKIP LOCKED',
    bound: { atLeast: 0.4 },
  },
  {
    what: 'enqueue to handler latency, idle system, p50, against BullMQ',
    scenario: 'latency',
    numerator: 'Spillway enqueue to handler',
    denominator: 'BullMQ add to handler',
    bound: { atMost: 1 },
  },
  {
    what: 'POST /api/submit through Next, against a route in the same app that returns a constant',
    scenario: 'http',
    numerator: 'POST /api/submit',
    denominator: 'POST /api/constant',
    bound: { atLeast: 0.8 },
  },
  ...COSTS.flatMap((cost) => waitingTargets('waiting', 'Postgres', cost)),
  ...REDIS_COSTS.flatMap((cost) => waitingTargets('waiting-redis', 'Redis', cost)),
];

function waitingTargets(scenario: string, store: string, cost: keyof typeof WAITING): Target[] {
  return WHENS.map((when) => ({
    what: `${WAITING[cost]}: 1,000,000 waiting in ${store} (${when}) against 10,000`,
    scenario,
    numerator: waitingName(cost, when, 'many'),
    denominator: waitingName(cost, when, 'few'),
    bound: { atMost: 1.3 },
  }));
}
