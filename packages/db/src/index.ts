export { insertAudit, listAudit } from './audit.ts';
export type { AuditRow, AuditWanted, NewAuditEntry } from './audit.ts';
export { createDb } from './client.ts';
export type { Db } from './client.ts';
export { readControls, writeControls } from './controls.ts';
export type { ControlsRow } from './controls.ts';
export { addFlow, readFlow } from './flow.ts';
export type { FlowCount, FlowMinute, FlowSum } from './flow.ts';
export { startFlowCounter } from './flow-counter.ts';
export type { FlowCounter } from './flow-counter.ts';
export { migrate } from './migrate.ts';
export {
  advanceOperation,
  cancelOperation,
  endOperation,
  endSilentOperations,
  insertOperation,
  listOperations,
  readOperation,
} from './operations.ts';
export type { OperationEnd, OperationRow } from './operations.ts';
export { countReceiptMail } from './receipt-mails.ts';
export {
  account,
  auditLog,
  flowMinutes,
  operations,
  receiptMails,
  session,
  submissions,
  user,
  verification,
  workers,
} from './schema.ts';
export { insertSubmissions, readSubmission, readSubmissions, searchSubmissions } from './submissions.ts';
export type { NewSubmission } from './submissions.ts';
export { farewell, heartbeat, listWorkers } from './workers.ts';
export type { Heartbeat, WorkerRow } from './workers.ts';
export {
  changingUsers,
  deleteSession,
  deleteUser,
  insertUser,
  listUsers,
  readLiveSessions,
  readPasswordHash,
  readPasswordHashByEmail,
  readUser,
  updateDisabled,
  updatePassword,
  updateRole,
} from './users.ts';
export type { LiveSession, UserRow } from './users.ts';
