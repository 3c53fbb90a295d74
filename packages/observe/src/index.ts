export { createLog, describeError, queueLogger } from './log.ts';
export type { Log } from './log.ts';
export { createMeters } from './meters.ts';
export type { Meters } from './meters.ts';
export { observeQueues } from './queue-metrics.ts';
export { publicView, readStatus } from './status.ts';
export type { Status } from './status.ts';
export { startTracing, wantsTraces } from './tracing.ts';
export type { TracingEnv } from './tracing.ts';
