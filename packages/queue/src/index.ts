export { createQueue } from './queue.ts';
export type { EnqueueOptions, Enqueued, Queue, TypedQueue } from './queue.ts';
export type { CallersTransaction } from './postgres/enqueue-in.ts';
export type { Alongside } from './postgres/operate.ts';
export { createWorker } from './worker.ts';
export type { Pausable, Worker } from './worker.ts';
export type {
  BatchContext,
  BatchHandler,
  ClaimedOf,
  ClaimedSubmission,
  ExternalContext,
  ExternalHandler,
  Handler,
  Transaction,
} from './handler.ts';
export { migrate } from './postgres/migrate.ts';
export type { Finding, Severity } from './finding.ts';
export type { EventLevel, EventSource, QueueEvent, QueueEventName, QueueEvents } from './events.ts';
export type { Primary, QueueOptions, ResolvedQueueOptions, WorkerOptions } from './options.ts';
export { REDIS_ADDRESSES, isRedisAddress, readRedisAddress } from './redis/address.ts';
export type { InputOf, Schemas } from './schema.ts';
export { newId } from './id.ts';
export type { Submission, SubmissionInput } from './submission.ts';
export type { AttemptRecord, Depth, Keeps, PushAnswer } from './store.ts';
export type {
  Acceptance,
  AskOptions,
  Action,
  Health,
  PoolStats,
  QueueStats,
  Inspect,
  LikePage,
  LikeQuery,
  ListCount,
  ListFilter,
  ListName,
  ListPage,
  ListQuery,
  ListRow,
  Overview,
  Place,
  Places,
  RecoveryResult,
  StoreView,
  SubmissionDetail,
  SubmissionState,
  SubmissionStatus,
  WorkerView,
} from './views.ts';
export {
  ConflictError,
  InvalidOptionsError,
  InvalidSubmissionError,
  NotAcceptedError,
  QueueClosedError,
  QueueError,
  StoreUnavailableError,
  TooLargeError,
  UnrecoverableError,
} from './errors.ts';
export type { FieldIssue, InvalidReason, QueueErrorCode, StoreName } from './errors.ts';
