export type { Action, SettingCheck, ListFilter, ListName, ListQuery, Severity } from '@spillway/queue';
export { createApi } from './api.ts';
export type { Api, ApiOptions, Procedures } from './api.ts';
export { readBytes } from './body.ts';
export { ApiError, isApiError, problemResponse, toProblem } from './errors.ts';
export type { Problem, ProblemCode } from './errors.ts';
export type { FindInput } from './find.ts';
export type { HttpHandlers, Peer } from './http.ts';
export type { Door } from './metrics.ts';
export { isSameOrigin, originOf } from './origin.ts';
export { findPasswordFault } from './password.ts';
export type { RateLimit } from './rate-limit.ts';
export type { AppRouter } from './router/root.ts';
export type { Caller, SubmissionService } from './service.ts';
export { roleOf } from './roles.ts';
export type { GetSession, RememberedSession, Session } from './session.ts';
export type {
  ActionCount,
  AdminLive,
  AdminOverview,
  AuditEntry,
  AuditPage,
  Controls,
  Decided,
  DetailView,
  FlowPoint,
  FlowRange,
  FlowView,
  Inflow,
  LedgerView,
  ListPage,
  ListRow,
  Me,
  Operation,
  Receipt,
  RecoverResult,
  ReferencePage,
  Role,
  SandboxAction,
  SubmissionView,
  SubmitInput,
  Target,
  TimelineEvent,
  UserView,
  WorkerView,
} from './wire.ts';
