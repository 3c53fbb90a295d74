import { enqueue, enqueueElsewhere, enqueueInBatches } from './enqueue.ts';
import { http } from './http.ts';
import { latency } from './latency.ts';
import { loneCaller } from './lone-caller.ts';
import { processes } from './processes.ts';
import { recovery } from './recovery.ts';
import type { Scenario } from './scenario.ts';
import { waiting, waitingInRedis } from './waiting.ts';
import { drain, work } from './work.ts';

export const SCENARIOS: readonly Scenario[] = [
  enqueue,
  ...enqueueElsewhere,
  enqueueInBatches,
  loneCaller,
  work,
  drain,
  recovery,
  latency,
  http,
  waiting,
  waitingInRedis,
  processes,
];
