export type { Action, SettingCheck, ListFilter, ListName, ListQuery, Severity } from '@spillway/queue';
export { createApi } from './api.ts';
export type { Api, ApiOptions, Procedures } from './api.ts';
export { readBytes } from './http/body.ts';
export { ApiError, isApiError, problemResponse, toProblem } from './errors.ts';
export type { Problem, ProblemCode } from './errors.ts';
export type { FindInput } from './submit/find.ts';
export type { HttpHandlers, Peer } from './http/http.ts';
export type { Channel } from './metrics.ts';
export { isSameOrigin, originOf } from './http/origin.ts';
export { findPasswordFault } from './access/password.ts';
export type { RateLimit } from './abuse/rate-limit.ts';
export type { AppRouter } from './router/root.ts';
export type { Caller, SubmissionService } from './submit/service.ts';
export { roleOf } from './access/roles.ts';
export type { GetSession, RememberedSession, Session } from './access/session.ts';
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
