export { createQueue } from './create/create-queue.ts';
export type { EnqueueOptions, Enqueued, Queue, TypedQueue } from './contract/queue.ts';
export type { TransactionHook, CallersTransaction, Transaction } from './contract/transaction.ts';
export { createWorker } from './create/create-worker.ts';
export type { Pausable, Worker } from './contract/worker.ts';
export type {
  BatchContext,
  BatchHandler,
  ClaimedOf,
  ClaimedSubmission,
  ExternalContext,
  ExternalHandler,
  Handler,
} from './contract/handler.ts';
export { applyMigrations } from './postgres/migrate/apply-migrations.ts';
export type { Migration, MigrationPlan } from './postgres/migrate/apply-migrations.ts';
export { migrate } from './postgres/migrate/migrate.ts';
export type { SettingCheck, Severity } from './contract/setting-check.ts';
export type { EventLevel, EventSource, QueueEvent, QueueEventName, QueueEvents } from './contract/events.ts';
export type { Primary, QueueOptions, RedisTarget, ResolvedQueueOptions } from './contract/options.ts';
export type { FormOptions, WorkerOptions } from './contract/worker-options.ts';
export { REDIS_ADDRESSES, isRedisAddress, readRedisAddress } from './redis/address.ts';
export type { InputOf, Schemas } from './contract/payload-schema.ts';
export { newId } from './contract/id.ts';
export type { Submission, SubmissionInput } from './contract/submission.ts';
export type { AttemptRecord, Depth, Keeps, PushAnswer } from './contract/store.ts';
export type {
  Acceptance,
  Action,
  HandlersView,
  Health,
  Inspect,
  LikePage,
  LikeQuery,
  ListCount,
  ListFilter,
  ListName,
  ListPage,
  ListQuery,
  ListRow,
  Location,
  Locations,
  Overview,
  QueryOptions,
  RecoveryResult,
  StoreView,
  SubmissionDetail,
  SubmissionState,
  SubmissionStatus,
  WorkerView,
} from './contract/views.ts';
export type { PoolStats, QueueStats, ShadowStats } from './contract/stats.ts';
export {
  ConflictError,
  InvalidOptionsError,
  InvalidSubmissionError,
  NotAcceptedError,
  QueueClosedError,
  QueueError,
  StatementNotAwaitedError,
  StoreUnavailableError,
  TooLargeError,
  PermanentError,
  RetryAfterError,
  SnoozeError,
} from './contract/errors.ts';
export type { FieldIssue, InvalidReason, QueueErrorCode, StoreName } from './contract/errors.ts';
