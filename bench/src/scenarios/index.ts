import { enqueue, enqueueElsewhere, enqueueInBatches } from './enqueue.ts';
import { latency } from './latency.ts';
import { loneCaller } from './lone-caller.ts';
import type { Scenario } from './scenario.ts';
import { drain, work } from './work.ts';

export const SCENARIOS: readonly Scenario[] = [
  enqueue,
  ...enqueueElsewhere,
  enqueueInBatches,
  loneCaller,
  work,
  drain,
  latency,
];
